"""What operators decide about reports: asked for a reason, done, and told to whom it concerns."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Deed, Letter, User
from tests.accounts.signing import a_person
from tests.operating import act, an_operator, decide, listed, shown
from tests.threads import a_thread
from unroller import store
from unroller.actions import cases, moderating, opting_out
from unroller.models import Author, Case, Hiding, Profile, Report, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def reported(thing: Thread | Author, *, by: int = 1, email: str = "") -> Case:
    """Somebody reported it."""
    return cases.report(thing, "hate", words="A <b>threat</b>.", email=email, address=f"203.0.113.{by}").case


def the_letter(name: str) -> Letter:
    return Letter.objects.get(name=name)


def test_the_queue_is_one_row_for_each_thing_the_oldest_first(operator: Client) -> None:
    old, new = a_thread(3), a_thread(2, first=100)
    for by in range(3):
        reported(old, by=by)
    reported(new)
    page = listed(operator, Case)
    assert page.index("/thread/x/1") < page.index("/thread/x/100")
    assert '<td class="field-count">3</td>' in page
    cases.decide_thread(old, Case.Decision.DISMISSED, "no threat")
    assert '/thread/x/1"' not in listed(operator, Case)
    assert '/thread/x/1"' in listed(operator, Case, state="dismissed")


def test_its_page_has_what_a_decision_needs_as_text_alone(operator: Client) -> None:
    thread = a_thread(2, text="<script>alert(1)</script> I will find you.")
    cases.decide_thread(thread, Case.Decision.DISMISSED, "nobody reported it")
    cases.decide_thread(thread, Case.Decision.DISMISSED, "nobody reported it")
    case = reported(thread)
    cases.decide(case, Case.Decision.DISMISSED, "a quote of a film")
    page = shown(operator, reported(thread, by=2))
    for words in ("I will find you.", "This is post 2.", "Mara Lindqvist", "a quote of a film", "A &lt;b&gt;threat"):
        assert words in page
    assert "<script>alert(1)" not in page
    assert 'name="_save"' not in page  # nothing there can be changed


def test_nothing_is_decided_without_a_reason(operator: Client) -> None:
    case = reported(a_thread(3))
    for page in (act(operator, "hide", case), decide(operator, "hide", case, reason=" ")):
        assert "It is shown to nobody until somebody shows it again." in page
    assert (Hiding.objects.count(), Case.objects.get().decided_at) == (0, None)
    assert [deed.reason for deed in Deed.objects.all()] == [" "]
    assert "1 of 1 decided" in decide(operator, "hide", case, reason="threats")
    assert Hiding.objects.get().reason == "threats"


def test_whoever_decides_anew_reads_what_is_hidden(operator: Client) -> None:
    thread = a_thread(2, text="<script>alert(1)</script> I will find you.")
    case = reported(thread)
    decide(operator, "hide", case, reason="threats")
    for page in (shown(operator, case), shown(operator, Hiding.objects.get())):
        assert "I will find you." in page
        assert "<script>alert(1)" not in page
    Hiding.objects.update(document=None)
    assert "They are not here." in shown(operator, case)


@pytest.mark.parametrize(
    ("action", "state", "sentence"),
    [
        ("dismiss", "", "left it as it is"),
        ("hide", "Hidden", "it is not shown any more"),
        ("remove", "Removed", "removed it for good"),
        ("ban_author", "Banned", "show nothing of this author any more"),
    ],
)
def test_a_decision_is_done_and_reporters_read_why(operator: Client, action: str, state: str, sentence: str) -> None:
    thread = a_thread(3)
    case = reported(thread, by=1)
    row = cases.report(thread, "spam", email="ida@example.org", address="203.0.113.2")
    decide(operator, action, case, reason="It <i>is</i> a threat.")
    thread.refresh_from_db()
    assert thread.removed == state
    letter = the_letter("report_decided")
    assert (letter.to, letter.subject) == ("ida@example.org", f"What became of your report {row.pk}")
    for words in (letter.text, letter.html):
        assert sentence in words
        assert "Spam or a fraud" in words
        assert f"report {row.pk}" in words
    assert "It <i>is</i> a threat." in letter.text
    assert "It &lt;i&gt;is&lt;/i&gt; a threat." in letter.html
    assert not cases.decide(case, Case.Decision.DISMISSED, "again")


def test_an_author_is_told_when_we_know_them(operator: Client) -> None:
    thread = a_thread(3)
    mara = a_person("mara@example.com")
    Profile.objects.create(user=mara, author=thread.author, proof="bio")
    decide(operator, "hide", thread, reason="threats")
    decide(operator, "show_again", Hiding.objects.get(), reason="a quote of a film")
    decide(operator, "ban", thread.author, reason="a fraud")
    decide(operator, "lift_ban", thread.author, reason="a mistake")
    decide(operator, "remove", thread, reason="a court said so")
    told = list(Letter.objects.filter(name="author_moderated", to="mara@example.com").order_by("created_at"))
    reasons = ["threats", "a quote of a film", "a fraud", "a mistake", "a court said so"]
    heads = [
        "do not show this thread",
        "show this thread of yours again",
        "do not show your threads any more",
        "show your threads again",
        "removed this thread of yours for good",
    ]
    assert len(told) == len(reasons)
    for letter, reason, head in zip(told, reasons, heads, strict=True):
        for words in (letter.text, letter.html):
            assert reason in words
            assert head in words
            assert "@maralind" in words


def test_an_author_is_not_told_that_readers_see_what_they_do_not_see() -> None:
    thread = a_thread(3)
    Profile.objects.create(user=a_person("mara@example.com"), author=thread.author, proof="bio")
    moderating.hide(thread.pk, "threats")
    Hiding.objects.update(document=None)
    assert cases.show_again(thread, "a quote of a film")
    letter = the_letter("author_moderated")
    assert letter.subject.startswith("A thread of yours may be shown again (")
    for words in (letter.text, letter.html):
        assert "This thread of yours may be shown again, once it is fetched anew" in words
    letter.delete()
    moderating.ban(thread.author)
    opting_out.opt_out(thread.author)
    assert cases.lift(Author.objects.get(), "a mistake")
    letter = the_letter("author_moderated")
    assert letter.subject.startswith("Your threads may be shown again (")
    for words in (letter.text, letter.html):
        assert "We do not keep your threads back any more" in words


def test_nor_of_threads_whose_words_were_kept_for_too_short_a_time() -> None:
    thread = a_thread(3)
    Profile.objects.create(user=a_person("mara@example.com"), author=thread.author, proof="bio")
    cases.decide_author(thread.author, Case.Decision.BANNED, "a fraud")
    the_letter("author_moderated").delete()
    Hiding.objects.update(document=None)
    assert cases.lift(Author.objects.get(), "a mistake")
    letter = the_letter("author_moderated")
    assert letter.subject.startswith("Your threads may be shown again (")
    assert "We do not keep your threads back any more" in letter.text


@contextmanager
def without_redis(settings: Settings) -> Iterator[None]:
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    store.client.cache_clear()
    try:
        yield
    finally:
        settings.REDIS_URL = there
        store.client.cache_clear()


def test_a_ban_is_decided_and_told_without_redis_and_done_when_it_is_back(settings: Settings) -> None:
    thread = a_thread(3)
    case = reported(thread)
    Profile.objects.create(user=a_person("mara@example.com"), author=thread.author, proof="bio")
    with without_redis(settings):
        assert cases.decide(case, Case.Decision.BANNED, "a fraud")
    assert (Case.objects.get().decision, Author.objects.get().banned) == ("banned", True)
    assert moderating.go_on() == 1
    with without_redis(settings):
        assert cases.lift(thread.author, "a mistake")
    assert moderating.go_on() == 1
    assert (Thread.objects.get().removed, Letter.objects.filter(name="author_moderated").count()) == ("", 2)


def test_a_case_about_an_author_can_be_dismissed_or_end_in_a_ban(operator: Client) -> None:
    thread = a_thread(3)
    case = reported(thread.author, email="ida@example.org")
    decide(operator, "hide", case, reason="threats")
    assert Case.objects.get().decided_at is None
    decide(operator, "ban_author", case, reason="a fraud")
    assert (Case.objects.get().decision, Author.objects.get().banned) == ("banned", True)
    assert the_letter("report_decided").to == "ida@example.org"


def test_what_was_reported_of_a_part_is_about_the_whole() -> None:
    part, whole = a_thread(2, first=2), a_thread(2, first=100)
    reported(part, by=1)
    reported(part, by=2)
    reported(whole, by=2)
    a_thread(3)  # post 2 stands in it
    assert Case.objects.filter(thread__path="1").get().reports.count() == 2
    assert Report.objects.count() == 3


def test_the_queue_asks_no_more_for_more_and_reads_no_words(operator: Client) -> None:
    asked = []
    for number in range(100, 900, 100):
        reported(a_thread(1, first=number))
        if number in (400, 800):
            with CaptureQueriesContext(connection) as queries:
                listed(operator, Case)
            asked.append(len(queries))
            assert not re.search(r'unroller_\w+"\."(document|words|email)"', str(queries.captured_queries))
    assert asked[0] == asked[1] < 15


@pytest.mark.parametrize("table", [Case, Hiding])
def test_strangers_see_nothing_of_it(client: Client, table: type[Case]) -> None:
    client.force_login(User.objects.create_user("bob@example.org"))
    assert client.get(f"/admin/unroller/{table._meta.model_name}/").status_code == 302


def test_decided_cases_go_after_half_a_year() -> None:
    thread = a_thread(3)
    reported(thread)
    cases.decide_thread(thread, Case.Decision.DISMISSED, "no threat")
    assert cases.tidy() == 0
    Case.objects.update(decided_at=timezone.now() - timedelta(days=181))
    assert cases.tidy() == 2
    reported(thread)
    assert cases.tidy() == 0
    assert moderating.hide(thread.pk, "threats")
