"""What was reported is gone when operators decide: reporters, the case and operators read so."""

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import Letter
from tests.operating import an_operator, decide, listed
from tests.threads import a_thread
from unroller.actions import cases, moderating, opting_out, threads
from unroller.core.errors import Gone, OptedOut, UnrollError
from unroller.models import Author, Case, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def reported(thing: Thread | Author) -> Case:
    """Somebody reported it, who wants an answer."""
    return cases.report(thing, "hate", email="ida@example.org", address="203.0.113.1").case


def goes(thread: Thread, error: UnrollError) -> None:
    """Its network, or its author, takes a thread away."""
    with transaction.atomic():
        threads.remove(thread, error)


def opts_out(thread: Thread) -> None:
    goes(thread, OptedOut())
    opting_out.opt_out(thread.author)


def read() -> str:
    """What the one reporter read, the same in both parts of the letter."""
    letter = Letter.objects.get(name="report_decided")
    words = " ".join(letter.text.split("\n\nIf you think")[0].split("\n\n")[1:])
    for sentence in words.split(": "):
        assert sentence in letter.html
    return words.rpartition("Hate, threats, or a call to violence. ")[2]


@pytest.mark.parametrize(("action", "of_list"), [("hide", "hidden"), ("remove", "removed")])
@pytest.mark.parametrize("from_case", [True, False])
def test_a_thread_that_went_before_is_not_called_taken_away(
    operator: Client, action: str, of_list: str, from_case: bool
) -> None:
    thread = a_thread(3)
    case = reported(thread)
    goes(thread, Gone())
    page = decide(operator, action, case if from_case else thread, reason="It is a threat.")
    assert f"0 of 1 decided: {of_list}" in page if from_case else f"0 {of_list}." in page
    assert "No longer here before it was done, as reporters read: 1." in page
    assert (Case.objects.get().decision, Thread.objects.get().removed) == ("gone", "Gone")
    assert read() == (
        "By now it is no longer here, so nothing was left for us to take away. Why we wanted to: It is a threat."
    )
    assert "/thread/x/1" in listed(operator, Case, state="gone")


def test_an_author_who_opted_out_before_is_not_called_banned(operator: Client) -> None:
    thread = a_thread(3)
    reported(thread.author)
    opts_out(thread)
    page = decide(operator, "ban", thread.author, reason="It is a fraud.")
    assert "0 banned." in page
    assert "No longer here before it was done, as reporters read: 1." in page
    assert (Case.objects.get().decision, Author.objects.get().banned) == ("gone", False)
    assert read() == (
        "By now the threads of this author are no longer here, so nothing was left for us to take away. "
        "Why we wanted to: It is a fraud."
    )


def test_the_case_of_a_thread_of_such_an_author_says_so_too(operator: Client) -> None:
    thread = a_thread(3)
    case = reported(thread)
    opts_out(thread)
    assert "0 of 1 decided: author banned" in decide(operator, "ban_author", case, reason="It is a fraud.")
    assert Case.objects.get().decision == "gone"
    assert read().startswith("By now it is no longer here, so nothing")


@pytest.mark.parametrize("of_author", [True, False])
def test_what_is_dismissed_and_gone_is_not_called_left_as_it_is(of_author: bool) -> None:
    thread = a_thread(3)
    case = reported(thread.author if of_author else thread)
    opts_out(thread)
    assert cases.decide(case, Case.Decision.DISMISSED, "It is a quote of a film.") == "dismissed"
    what = "the threads of this author are" if of_author else "it is"
    assert read() == f"We looked at it and did nothing. By now {what} no longer here. Why: It is a quote of a film."


def test_what_operators_had_done_already_is_called_so() -> None:
    hidden, removed, banned = a_thread(3), a_thread(2, first=100), a_thread(2, first=200)
    for row in (hidden, removed, banned):
        reported(row)
    moderating.hide(hidden.pk, "threats")
    moderating.remove(removed.pk)
    moderating.ban(banned.author)
    moderating.hide_threads(banned.author, "a fraud")
    assert cases.decide_thread(hidden, Case.Decision.HIDDEN, "threats") == "hidden"
    assert cases.decide_thread(removed, Case.Decision.REMOVED, "threats") == "removed"
    assert cases.decide(banned.cases.get(), Case.Decision.BANNED, "a fraud") == "banned"
    assert Letter.objects.filter(text__contains="no longer here").count() == 0


def test_what_was_removed_for_good_is_not_called_hidden() -> None:
    thread = a_thread(3)
    reported(thread)
    moderating.remove(thread.pk)
    assert cases.decide_thread(thread, Case.Decision.HIDDEN, "threats") == "gone"
