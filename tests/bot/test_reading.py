"""Looking for mentions: each once, at the network's pace, whatever fails."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.bot.paper import BOT, Paper, a_mention
from unroller.actions.bot import reading
from unroller.core.errors import RateLimited, Unreachable
from unroller.core.posts import Person
from unroller.models import BotAccount, BotDay, Mention

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def named(settings: Settings) -> None:
    settings.X_BOT_HANDLE = "unroller"


def look() -> BotAccount:
    """One look whose time has come."""
    BotAccount.objects.update(due_at=timezone.now())
    reading.claim_due()
    account = BotAccount.objects.get()
    reading.look("x", str(account.turn))
    account.refresh_from_db()
    return account


def test_the_first_look_finds_out_who_the_bot_is(paper: Paper) -> None:
    paper.shows = [a_mention()]
    account = look()
    assert (account.network_id, account.handle, account.cursor, account.error) == (BOT.id, "unroller", "1", "")
    assert account.looked_at is not None
    assert Mention.objects.get().asker_handle == "ana"


def test_what_was_seen_once_is_not_taken_again(paper: Paper) -> None:
    paper.shows = [a_mention(), a_mention(), a_mention("101")]
    look()
    look()
    BotAccount.objects.update(cursor="")
    look()
    assert sorted(Mention.objects.values_list("key", flat=True)) == ["100", "101"]


def test_what_asks_for_nothing_and_what_the_bot_wrote_is_not_kept_but_counted(paper: Paper) -> None:
    paper.shows = [
        a_mention(text="thank you"),
        a_mention("101", is_explicit=False),
        a_mention("102", asker=BOT),
        a_mention("103", text="stop"),
        a_mention("104", text="stop", is_explicit=False, parent_author_id=BOT.id),
    ]
    look()
    assert sorted(Mention.objects.values_list("key", flat=True)) == ["103", "104"]
    day = BotDay.objects.get()
    assert (day.looks, day.mentions, day.micros) == (1, 5, 5_000)


@pytest.mark.parametrize("letter", ["\x00", "\ud800"])
def test_a_letter_that_cannot_be_stored_keeps_nobody_out(paper: Paper, letter: str) -> None:
    odd = Person(id=f"9{letter}", handle=f"odd{letter}", name=letter, url=letter, bio=letter)
    text, below = f"@unroller unroll{letter}", {"id": letter}
    paper.shows = [a_mention(f"100{letter}", text, asker=odd, lang=letter, reply_to=below), a_mention("101")]
    assert look().error == ""
    assert sorted(Mention.objects.values_list("key", flat=True)) == ["100", "101"]


def test_a_turn_is_used_once(paper: Paper) -> None:
    account = look()
    reading.look("x", str(account.turn - 1))
    reading.look("x", "0")
    assert paper.looks == 1


def test_nobody_looks_before_it_is_time(paper: Paper) -> None:
    look()
    assert reading.claim_due() == 0
    assert timezone.now() < BotAccount.objects.get().due_at < timezone.now() + timedelta(seconds=31)


def test_a_network_that_does_not_answer_is_asked_ever_less_often(paper: Paper) -> None:
    paper.fails = Unreachable()
    waits = []
    for _ in range(8):
        account = look()
        waits.append(round((account.due_at - timezone.now()).total_seconds()))
    assert (account.failures, account.error) == (8, "Unreachable")
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (60, 15 * 60)
    paper.fails = None
    assert (look().failures, look().error) == (0, "")


def test_a_rate_limit_is_obeyed(paper: Paper) -> None:
    until = datetime.now(UTC) + timedelta(minutes=12)
    paper.fails = RateLimited(until)
    assert look().due_at == until


def test_the_sign_in_of_another_account_is_not_used(paper: Paper, settings: Settings) -> None:
    settings.X_BOT_HANDLE = "somebody"
    paper.shows = [a_mention()]
    assert look().error == "NotConfigured"
    assert not Mention.objects.exists()
