"""What a membership at Patreon is worth."""

from dataclasses import replace

import pytest

from billing.patreon.membership import Membership, Worth, worth
from billing.patreon.reading import membership
from tests.sandbox.wire import Json

GOOD = Membership(
    id="m",
    user_id="1",
    campaign_id="4242",
    patron_status="active_patron",
    entitled_cents=300,
    last_charge_status="Paid",
    is_free=False,
)


def value(found: Membership | None) -> Worth:
    return worth(found, campaign_id="4242", least_cents=300)


def test_an_active_patron_who_paid_enough_has_premium() -> None:
    assert value(GOOD) is Worth.PREMIUM
    assert value(replace(GOOD, entitled_cents=301)) is Worth.PREMIUM


@pytest.mark.parametrize(
    "change",
    [
        {"entitled_cents": 299},
        {"entitled_cents": 0},
        {"patron_status": "declined_patron"},
        {"patron_status": "former_patron"},
        {"patron_status": ""},
        {"patron_status": "a word nobody knows"},
        {"last_charge_status": "Declined"},
        {"last_charge_status": "Refunded"},
        {"last_charge_status": "Partially Refunded"},
        {"last_charge_status": "Fraud"},
        {"last_charge_status": "Other"},
        {"last_charge_status": ""},
        {"campaign_id": "777"},
        {"campaign_id": ""},
    ],
)
def test_anything_less_is_worth_nothing(change: dict[str, object]) -> None:
    assert value(replace(GOOD, **change)) is Worth.NOTHING  # type: ignore[arg-type]


def test_nobody_is_worth_nothing() -> None:
    assert value(None) is Worth.NOTHING


def test_a_free_trial_counts_although_nothing_was_charged() -> None:
    assert value(replace(GOOD, last_charge_status="", is_free=True)) is Worth.PREMIUM
    assert value(replace(GOOD, last_charge_status="Free Trial", is_free=True)) is Worth.PREMIUM
    assert value(replace(GOOD, last_charge_status="Declined", is_free=True)) is Worth.NOTHING


def test_a_payment_under_way_decides_nothing_yet() -> None:
    assert value(replace(GOOD, last_charge_status="Pending")) is Worth.UNDECIDED
    assert value(replace(GOOD, last_charge_status="Pending", entitled_cents=1)) is Worth.NOTHING


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"id": 7, "attributes": [], "relationships": "none"},
        {"id": "../identity", "attributes": {"currently_entitled_amount_cents": "900", "patron_status": ["active"]}},
        {"id": "a\x00b", "attributes": {"currently_entitled_amount_cents": True, "is_free_trial": "yes"}},
        {"attributes": {"is_gifted": 1}, "relationships": {"campaign": {"data": [{"id": "4242"}]}, "user": None}},
    ],
)
def test_whatever_is_of_another_kind_is_read_as_empty(resource: Json) -> None:
    assert membership(resource) == Membership("", "", "", "", 0, "", is_free=False)
