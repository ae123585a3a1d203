"""Who is banned: an account is closed to its owner, guests of a network only read."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import bans
from accounts.actions import banning, closing, tokens
from accounts.models import Ban, Letter, Token, User
from tests.follows import a_reader
from tests.operating import address, an_operator, decide
from tests.threads import a_thread
from unroller.models import Thread

pytestmark = pytest.mark.django_db
BANNED = "203.0.113.7"


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


@pytest.fixture
def banned() -> Ban:
    row = Ban.objects.create(network="203.0.113.0/24", until=timezone.now() + timedelta(days=1), reason="spam")
    bans.BOARD.hold(bans._ordered())
    return row


def test_a_banned_account_is_signed_out_cannot_come_back_and_reads_why(bob: User) -> None:
    browser, operator = Client(), an_operator(Client())
    browser.force_login(bob)
    browser.get("/account")
    made = tokens.make(bob, name="laptop", scope=Token.Scope.READ, browser="Firefox")
    assert "1 banned." in decide(operator, "ban", bob, reason="He <b>sells</b> watches.")
    assert browser.get("/account").status_code == 302
    assert not UserSession.objects.filter(user=bob).exists()
    assert tokens.use(made.secret) is None
    letter = Letter.objects.get(name="account_banned")
    assert (letter.to, "closed to you for now" in letter.subject) == ("bob@example.com", True)
    for words in (letter.text, letter.html):
        assert "Nothing was deleted." in words
        assert "A membership that you pay for is not ended" in words
    assert "He <b>sells</b> watches." in letter.text
    assert "He &lt;b&gt;sells&lt;/b&gt; watches." in letter.html
    assert "1 may sign in again." in decide(operator, "lift_ban", bob, reason="a mistake")
    bob.refresh_from_db()
    assert (bob.is_active, Ban.objects.count()) == (True, 0)


def test_operators_are_not_banned_and_a_closing_goes_on(bob: User) -> None:
    assert not banning.ban_account(User.objects.create_superuser("o@example.org", "a long password"), "a quarrel")
    assert banning.ban_account(bob, "spam")
    assert not banning.ban_account(bob, "spam")
    closing.ask(bob)
    assert not banning.lift_account(bob)
    bob.refresh_from_db()
    assert not bob.is_active


def test_whoever_was_let_in_by_hand_can_be_banned_again(bob: User) -> None:
    assert banning.ban_account(bob, "spam")
    User.objects.filter(pk=bob.pk).update(is_active=True)
    assert banning.ban_account(bob, "spam again")
    assert Ban.objects.get().reason == "spam again"


def test_guests_of_a_banned_network_read_and_send_nothing(
    client: Client, banned: Ban, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    thread = a_thread(3)
    guest = Client(REMOTE_ADDR=BANNED)
    assert guest.get(thread.get_absolute_url()).status_code == HTTPStatus.OK
    for form in ("/unroll", "/contact", "/report", f"{thread.get_absolute_url()}/refresh"):
        with django_assert_num_queries(0):
            answer = guest.post(form, {"url": "https://x.com/a/status/7", "page": thread.get_absolute_url()})
        assert answer.status_code == HTTPStatus.FORBIDDEN
        assert "closed to guests from your network until" in answer.content.decode()
    assert client.post("/contact", {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    guest.force_login(bob)
    assert guest.post("/contact", {}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert Thread.objects.count() == 1


@pytest.mark.parametrize(
    ("network", "visitor", "is_held"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("::ffff:203.0.113.7", "203.0.113.7", True),
        ("::ffff:203.0.113.0/120", "203.0.113.9", True),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64", True),
        ("2001:db8::/32", "2001:db8:1:2::/64", True),
        ("203.0.113.0/24", "2001:db8:1:2::/64", False),
        ("203.0.113.0/24", "unknown", False),
    ],
)
def test_a_network_holds_who_is_in_it(network: str, visitor: str, is_held: bool) -> None:
    banning.ban_network(network, timezone.now() + timedelta(hours=1), "spam")
    bans.BOARD.hold(bans._ordered())
    assert (bans.of_address(visitor) is not None) == is_held


def test_a_ban_of_a_network_ends_by_itself(banned: Ban) -> None:
    Ban.objects.update(until=timezone.now() - timedelta(seconds=1))
    bans.BOARD.hold(tuple(each._replace(until=timezone.now()) for each in bans.BOARD.now()))
    assert bans.of_address(BANNED) is None
    assert banning.tidy() == 1


@pytest.mark.parametrize(
    ("network", "days", "sentence"),
    [
        ("nonsense", 1, "neither an address nor a network"),
        ("0.0.0.0/0", 1, "too many people"),
        ("2001::/16", 1, "too many people"),
        ("203.0.113.7", -1, "still to come"),
    ],
)
def test_what_is_no_ban_is_refused_with_a_sentence(client: Client, network: str, days: int, sentence: str) -> None:
    until = timezone.now() + timedelta(days=days)
    form = {"network": network, "until_0": f"{until:%Y-%m-%d}", "until_1": "12:00", "reason": "spam"}
    page = an_operator(client).post(f"{address(Ban)}add/", form).content.decode()
    assert sentence in page
    assert not Ban.objects.exists()


def test_an_operator_bans_a_network_and_lifts_it(client: Client) -> None:
    operator, until = an_operator(client), timezone.now() + timedelta(days=2)
    form = {"network": "203.0.113.9/24", "until_0": f"{until:%Y-%m-%d}", "until_1": "12:00", "reason": "spam"}
    operator.post(f"{address(Ban)}add/", form)
    row = Ban.objects.get()
    assert row.network == "203.0.113.0/24"
    operator.post(f"{address(Ban)}{row.pk}/delete/", {"post": "yes"})
    assert not Ban.objects.exists()
