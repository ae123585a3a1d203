"""`/account/integrations`: services connected, tried, removed, and only by whom they belong to."""

from http import HTTPStatus
from uuid import uuid4

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from billing.models import Grant
from tests.accounts.signing import sign_in
from tests.follows import a_reader
from tests.integrations.told import a_readwise, a_webhook, tell
from tests.sandbox.server import Sandbox
from unroller.models import Delivery, Integration

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

PAGE = "/account/integrations"


@pytest.fixture
def alice(client: Client) -> User:
    return signed_in(client, "alice", premium=True)


def signed_in(client: Client, name: str, *, premium: bool = False) -> User:
    """Somebody who has just come in, by the pages."""
    person = a_reader(name, premium=premium)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=True)
    sign_in(client, person.email)
    return person


def said(answer: object) -> list[str]:
    """What the reader is told on the next page."""
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def test_a_guest_is_asked_to_sign_in(client: Client) -> None:
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={PAGE}")


def test_a_sign_in_that_is_not_recent_is_asked_for_again(client: Client) -> None:
    client.force_login(a_reader("bob", premium=True))
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "again" in answer["Location"]


def test_without_premium_there_is_the_offer(client: Client) -> None:
    signed_in(client, "bob")
    assert client.get(PAGE).status_code == HTTPStatus.PAYMENT_REQUIRED
    answer = client.post(PAGE, {"kind": "webhook", "address": "https://hooks.example/"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert not Integration.objects.exists()


def test_readwise_is_connected_and_its_token_never_shown(client: Client, alice: User, sandbox: Sandbox) -> None:
    token = sandbox.world.readwise.join()
    answer = client.post(PAGE, {"kind": "readwise", "token": token})
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    row = Integration.objects.get(user=alice)
    page = client.get(PAGE).content.decode()
    assert "Send all highlights now" in page
    assert token not in page
    assert row.secret not in page


@pytest.mark.parametrize("token", ["", "wrong", "a" * 201, "nul\x00"])
def test_a_bad_token_is_answered_with_one_sentence(client: Client, alice: User, sandbox: Sandbox, token: str) -> None:
    answer = client.post(PAGE, {"kind": "readwise", "token": token})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    page = answer.content.decode()
    assert page.count("error") >= 1
    assert token == "" or token not in page


def test_a_webhook_shows_its_secret_once_and_is_tested(client: Client, alice: User, sandbox: Sandbox) -> None:
    address = sandbox.urls()["receiver"] + "/<b>&hook"
    answer = client.post(PAGE, {"kind": "webhook", "address": address})
    assert answer.status_code == HTTPStatus.CREATED
    assert "whsec_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    tell(Integration.objects.get())
    page = client.get(PAGE).content.decode()
    assert '<code class="secret">' not in page
    assert "/&lt;b&gt;&amp;hook" in page
    assert "answer 204" in page


@pytest.mark.parametrize("address", ["", "http://hooks.example/", "nonsense", "https://x.example/" + "a" * 500, "\x00"])
def test_a_bad_address_is_answered_with_one_sentence(client: Client, alice: User, address: str) -> None:
    answer = client.post(PAGE, {"kind": "webhook", "address": address})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Integration.objects.exists()


def test_what_a_receiver_says_is_never_shown(client: Client, alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    sandbox.world.faults.add("receiver", "error-html")
    client.post(f"{PAGE}/{row.id}", {"do": "ping"})
    tell(row)
    page = client.get(PAGE).content.decode()
    assert "It answered 503." in page
    assert "Unavailable" not in page


def test_everything_that_can_be_done_is_done(client: Client, alice: User, sandbox: Sandbox) -> None:
    hook = a_webhook(alice, sandbox)
    wise, _ = a_readwise(alice, sandbox)
    assert "A test is on its way" in said(client.post(f"{PAGE}/{hook.id}", {"do": "ping"}))[0]
    assert "nothing to send" in said(client.post(f"{PAGE}/{wise.id}", {"do": "all"}))[-1]
    assert "Only Readwise" in said(client.post(f"{PAGE}/{hook.id}", {"do": "all"}))[-1]
    secret = client.post(f"{PAGE}/{hook.id}", {"do": "secret"}).content.decode()
    assert "whsec_" in secret
    Integration.objects.filter(id=hook.id).update(stopped_at=timezone.now())
    assert "Switch it on again first" in said(client.post(f"{PAGE}/{hook.id}", {"do": "ping"}))[-1]
    client.post(f"{PAGE}/{hook.id}", {"do": "resume"})
    told = Delivery.objects.filter(integration=hook).exclude(finished_at=None)[0]
    answer = client.post(f"{PAGE}/deliveries/{told.id}")
    assert (answer.status_code, answer["Location"]) == (303, PAGE)
    told.refresh_from_db()
    assert told.finished_at is None
    assert client.post(f"{PAGE}/{hook.id}", {"do": "nonsense"}).status_code == 404
    assert client.post(f"{PAGE}/{wise.id}", {"do": "secret"}).status_code == 404
    client.post(f"{PAGE}/{hook.id}", {"do": "remove"})
    assert not Integration.objects.filter(id=hook.id).exists()


def test_charlie_touches_none_of_them(client: Client, sandbox: Sandbox) -> None:
    row = a_webhook(a_reader("alice", premium=True), sandbox)
    signed_in(client, "charlie", premium=True)
    assert row.url not in client.get(PAGE).content.decode()
    for do in ("ping", "all", "resume", "secret", "remove"):
        assert client.post(f"{PAGE}/{row.id}", {"do": do}).status_code == 404
    assert client.post(f"{PAGE}/deliveries/{Delivery.objects.get().id}").status_code == 404
    assert client.post(f"{PAGE}/deliveries/{uuid4()}").status_code == 404
    assert client.post(f"{PAGE}/{10**30}", {"do": "remove"}).status_code == 404
    assert Integration.objects.filter(id=row.id).exists()


def test_who_was_a_member_still_sees_and_removes(client: Client, alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    Grant.objects.filter(user=alice).delete()
    page = client.get(PAGE).content.decode()
    assert "are told nothing new" in page
    assert "Add a webhook" not in page
    assert client.post(f"{PAGE}/{row.id}", {"do": "ping"}).status_code == HTTPStatus.PAYMENT_REQUIRED
    told = Delivery.objects.get()
    assert client.post(f"{PAGE}/deliveries/{told.id}").status_code == HTTPStatus.PAYMENT_REQUIRED
    client.post(f"{PAGE}/{row.id}", {"do": "remove"})
    assert not Integration.objects.exists()


def test_there_is_a_limit_to_what_is_ordered(client: Client, alice: User) -> None:
    limits.spend(limits.INTEGRATIONS, str(alice.pk), cost=limits.INTEGRATIONS.item.amount)
    answer = client.post(PAGE, {"kind": "webhook", "address": "https://hooks.example/"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "a lot for one hour" in answer.content.decode()


def test_deeds_are_posts(client: Client, alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    assert client.get(f"{PAGE}/{row.id}").status_code == 405
    assert client.get(f"{PAGE}/deliveries/{Delivery.objects.get().id}").status_code == 405
    assert client.put(PAGE).status_code == 405


def test_the_queries_do_not_grow_and_twenty_are_shown(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def told(number: int) -> None:
        row = Integration.objects.create(user=alice, kind="webhook", url=f"https://h.example/{number}", secret="-")
        now = timezone.now()
        Delivery.objects.bulk_create(
            Delivery(integration=row, event="test", give_up_at=now, finished_at=now) for _ in range(30)
        )

    told(1)
    client.get(PAGE)
    with django_assert_num_queries(6) as asked:
        page = client.get(PAGE).content.decode()
    assert page.count("Send again") == 20
    told(2)
    with django_assert_num_queries(len(asked)):
        page = client.get(PAGE).content.decode()
    assert page.count("Send again") == 40
