"""The nightly look in time: once a night, in slices, one at a time, and on after whatever ends it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.turns import turn
from billing.actions import looks, reconciling
from billing.gateway import pacing
from billing.models import Alert, BillingAccount, Reconciliation
from tests.billing.ground import Money
from tests.billing.nights import WANTED, command, end_unheard, look
from tests.sandbox.server import Sandbox

Later = Callable[..., None]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pretend Stripe has no limit to keep."""
    monkeypatch.setattr(pacing, "CALLS_A_SECOND", 10_000)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "ROWS_A_PAGE", 1)


def test_a_night_s_look_is_done_in_slices(
    money: Money, alice: User, bob: User, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_unheard(money, money.subscribe(alice), money.subscribe(bob))
    monkeypatch.setattr(reconciling, "SLICE_SECONDS", 0.0)
    assert reconciling.nightly(WANTED) is False
    row = Reconciliation.objects.get()
    assert (row.finished_at, row.drift) == (None, 0)
    monkeypatch.setattr(reconciling, "SLICE_SECONDS", 60.0)
    assert reconciling.nightly(WANTED) is True
    row = Reconciliation.objects.get()
    assert row.finished_at is not None
    assert (row.drift, row.accounts) == (2, 2)


def test_a_look_that_died_goes_on_where_it_was(
    money: Money, alice: User, bob: User, small_pages: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_unheard(money, money.subscribe(alice), money.subscribe(bob))
    real = looks._sync
    synced: list[BillingAccount] = []

    def die_at_the_second(look: looks.Look, account: BillingAccount) -> None:
        if synced:
            raise SystemExit
        synced.append(account)
        real(look, account)

    monkeypatch.setattr(looks, "_sync", die_at_the_second)
    with pytest.raises(SystemExit):
        reconciling.nightly(WANTED)
    assert Reconciliation.objects.get().drift == 1
    monkeypatch.setattr(looks, "_sync", real)
    reconciling.nightly(WANTED)
    row = Reconciliation.objects.get()
    assert (row.drift, row.accounts) == (2, 2)
    assert {account.status for account in BillingAccount.objects.all()} == {"canceled"}


def test_stripe_away_ends_the_slice_and_not_the_night(money: Money, alice: User, sandbox: Sandbox) -> None:
    end_unheard(money, money.subscribe(alice))
    sandbox.world.faults.add("stripe", "error", path="/v1/subscriptions", status=500, times=9)
    assert reconciling.nightly(WANTED) is False
    assert Reconciliation.objects.get().finished_at is None
    sandbox.world.faults.clear()
    assert reconciling.nightly(WANTED) is True
    assert Reconciliation.objects.get().drift == 1


def test_it_happens_once_a_night(money: Money, later: Later) -> None:
    reconciling.nightly(WANTED)
    reconciling.nightly(WANTED)
    assert Reconciliation.objects.count() == 1
    later(hours=25)
    reconciling.nightly(WANTED)
    assert Reconciliation.objects.count() == 2


@pytest.mark.parametrize(
    ("now", "began", "is_due"),
    [
        ("2026-03-02T02:59", "2026-03-01T03:10", False),
        ("2026-03-02T03:00", "2026-03-01T03:10", True),
        ("2026-03-02T03:20", "2026-03-02T03:10", False),
        ("2026-03-05T12:00", "2026-03-01T03:10", True),
    ],
)
def test_a_night_begins_at_three(now: str, began: str, is_due: bool) -> None:
    moment = datetime.fromisoformat(began).replace(tzinfo=UTC)
    progress = {"since": began, "until": moment.isoformat()}
    Reconciliation.objects.create(started_at=moment, finished_at=moment, progress=progress)
    found = reconciling._tonights(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (found is not None) == is_due


def test_a_look_that_never_ends_is_told_and_begun_again(money: Money) -> None:
    began = timezone.now() - timedelta(days=2)
    stuck = Reconciliation.objects.create(started_at=began, progress={"since": began.isoformat()})
    reconciling.nightly(WANTED)
    assert Alert.objects.get().key == str(stuck.pk)
    assert Reconciliation.objects.latest("started_at").finished_at is not None


def test_one_account_that_fails_keeps_no_other_waiting(money: Money, sandbox: Sandbox, alice: User, bob: User) -> None:
    end_unheard(money, money.subscribe(alice), money.subscribe(bob))
    both_prices = 2
    sandbox.world.faults.add("stripe", "error", path="^/v1/subscriptions$", status=400, skip=both_prices)
    row = look()
    assert (row.drift, row.finished_at is not None) == (1, True)
    assert sorted(BillingAccount.objects.values_list("status", flat=True)) == ["active", "canceled"]
    assert Alert.objects.get().kind == "reconciliation"
    sandbox.world.faults.clear()
    assert look().drift == 1


@pytest.mark.django_db(transaction=True)
def test_only_one_mends_at_a_time(money: Money) -> None:
    with turn(reconciling.TURN) as is_ours:
        assert is_ours
        with pytest.raises(CommandError, match="under way"):
            command("--fix")
        assert reconciling.nightly(WANTED) is True
        assert not Reconciliation.objects.exists()
        assert "0 accounts" in command(), "a dry run disturbs nobody"
    assert "0 accounts" in command("--fix")


def test_a_key_that_is_denied_is_told_at_once(money: Money, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_rolled"
    assert reconciling.nightly(WANTED) is False
    assert Alert.objects.get().kind == "denied"
    settings.STRIPE_SECRET_KEY = money.stripe.secret_key
    assert reconciling.nightly(WANTED) is True


def test_without_billing_the_night_is_quiet() -> None:
    reconciling.nightly(WANTED)
    assert not Reconciliation.objects.exists()


def test_calls_keep_their_distance() -> None:
    slept: list[float] = []
    meter = pacing.Meter()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pacing, "CALLS_A_SECOND", 20)
        patch.setattr("time.sleep", slept.append)
        for _ in range(21):
            meter.step()
    assert meter.calls == 21
    assert slept[-1] == pytest.approx(1.0, abs=0.1), "twenty calls take a second"
