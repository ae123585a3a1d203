"""What operators see of readers' services, and what they can do for one that was stopped."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.follows import a_reader
from tests.integrations.told import a_readwise, a_webhook, newest, tell
from tests.operating import act, address, an_operator, listed, shown
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from unroller import sealing
from unroller.actions import integrations, library
from unroller.models import Delivery, Integration, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def refused(user: User, sandbox: Sandbox) -> Integration:
    """A webhook that said that it wants nothing any more."""
    row = a_webhook(user, sandbox)
    sandbox.world.faults.add("receiver", "error", status=410)
    integrations.ping(row)
    tell(row)
    assert row.stopped_at is not None
    return row


@pytest.mark.parametrize("model", [Integration, Delivery])
def test_nobody_else_sees_anything(client: Client, alice: User, model: type[Integration]) -> None:
    assert client.get(address(model)).status_code == 302
    client.force_login(alice)
    assert client.get(address(model)).status_code == 302


def test_secrets_and_the_paths_of_webhooks_are_nowhere(operator: Client, alice: User, sandbox: Sandbox) -> None:
    webhook, (readwise, token) = a_webhook(alice, sandbox, "/hooks/T0PS3CRET"), a_readwise(alice, sandbox)
    pages = [listed(operator, Integration), listed(operator, Delivery), shown(operator, newest(webhook))]
    for row in (webhook, readwise):
        row.refresh_from_db()
        pages.append(shown(operator, row))
        for page in pages:
            assert not any(
                secret in page for secret in (row.secret, sealing.unseal(row.secret), token, "T0PS3CRET", "/hooks/")
            )
    assert sandbox.urls()["receiver"].removeprefix("http://") in pages[0]


def test_a_service_is_found_by_its_reader_and_by_its_host(operator: Client, alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    for words in ("alice@example", "127.0.0.1"):
        assert f"{address(Integration)}{row.pk}/change/" in listed(operator, Integration, q=words)
        assert f"{address(Delivery)}{newest(row).pk}/change/" in listed(operator, Delivery, q=words)
    assert "0 results" in listed(operator, Integration, q="zzz")
    assert f"{address(Delivery)}{newest(row).pk}/change/" in listed(operator, Delivery, q=str(newest(row).pk))


def test_a_stopped_service_says_why_and_is_told_again(operator: Client, alice: User, sandbox: Sandbox) -> None:
    row = refused(alice, sandbox)
    assert "wants nothing any more (410)" in listed(operator, Integration, stopped_at__isempty="0")
    assert "1 told again." in act(operator, "resume", row)
    row.refresh_from_db()
    assert row.stopped_at is None
    assert "0 told again." in act(operator, "resume", row)


def test_what_was_not_delivered_is_sent_once_more(
    operator: Client, alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row = a_webhook(alice, sandbox)
    sent = newest(row)
    sandbox.world.faults.add("receiver", "error", status=404, times=FOR_EVER)
    library.save(alice, thread)
    tell(row)
    Delivery.objects.filter(pk=newest(row).pk).update(finished_at=sent.finished_at)
    assert "1 sent once more." in act(operator, "redeliver", newest(row), sent)
    assert newest(row).finished_at is None
    sent.refresh_from_db()
    assert sent.delivered


def test_a_stopped_service_is_sent_nothing_and_the_operator_is_told(
    operator: Client, alice: User, sandbox: Sandbox
) -> None:
    row = refused(alice, sandbox)
    said = act(operator, "redeliver", newest(row))
    assert "is not told anything just now" in said
    assert "0 sent once more." in said
    assert newest(row).finished_at is not None


@pytest.mark.parametrize(("model", "count"), [(Integration, 5), (Delivery, 7)])
def test_more_rows_are_no_more_questions(
    operator: Client,
    sandbox: Sandbox,
    model: type[Integration],
    count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        a_webhook(a_reader(f"reader{number}"), sandbox)
        listed(operator, model)
        with django_assert_num_queries(count):
            listed(operator, model)
