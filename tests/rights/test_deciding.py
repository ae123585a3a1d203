"""What authors decide does not undo what others decided, nor what they decided later themselves."""

import pytest
from django.db import transaction

from tests.rights.test_opting_out import BOB, tables_with
from tests.threads import a_thread
from unroller.actions import opting_out, profiles, threads
from unroller.core.errors import OptedOut, Removed
from unroller.core.posts import Person, Quote
from unroller.models import Author, Thread

pytestmark = pytest.mark.django_db

ANA = Person(id="good.example/1", handle="ana@good.example", name="Ana Zanzi", url="https://good.example/@ana")
COPY = Person(id="other.example/77", handle="Ana@good.example", name="Ana Zanzi", url="https://good.example/@ana")
EVE = Person(id="other.example/5", handle="eve@other.example", name="Eve", url="https://other.example/@eve")


def test_a_thread_that_an_operator_removed_is_not_its_authors_to_allow() -> None:
    row = a_thread(2)
    with transaction.atomic():
        threads.remove(row, Removed())
    assert not profiles.take_away(row.author, row.pk)
    assert not profiles.allow_again(row.author, row.pk)
    row.refresh_from_db()
    assert row.removed == "Removed"


def test_a_thread_that_went_with_all_others_is_not_taken_away_once_more() -> None:
    row = a_thread(2)
    opting_out.opt_out(row.author)
    assert not profiles.take_away(row.author, row.pk)
    opting_out.opt_in(row.author)
    row.refresh_from_db()
    assert row.removed == "Allowed"


def test_a_clock_that_is_at_it_takes_nothing_of_who_opted_in_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    author = a_thread(2).author
    opting_out.opt_out(author)
    clear = opting_out.clear

    def opted_in_meanwhile(one: Author, most: int) -> int:
        if Author.objects.get(pk=one.pk).opted_out:
            opting_out.opt_in(one)
            a_thread(2, first=50)
        return clear(one, most)

    monkeypatch.setattr(opting_out, "clear", opted_in_meanwhile)
    opting_out.go_on()
    assert Thread.objects.get(path="50").removed == ""


def a_card(author: Person) -> Quote:
    return Quote(id="900", url="https://good.example/@ana/9", author=author, text="zanzi", html="<p>zanzi</p>")


def names() -> list[list[str]]:
    return [tables_with(word) for word in ("zanzi", "ana@good.example")]


@pytest.mark.parametrize("is_known", [False, True])
def test_copies_of_a_profile_on_other_servers_are_the_same_person(*, is_known: bool) -> None:
    author = a_thread(2, author=ANA, source="mastodon", path="good.example/1", id="1").author
    quoting = a_thread(1, first=50, author=EVE, source="mastodon", path="other.example/50", quote=a_card(COPY))
    if is_known:
        a_thread(1, first=70, author=COPY, source="mastodon", path="other.example/70", text="zanzi")
    opting_out.opt_out(author)
    opting_out.go_on()
    assert names() == [[], []]
    quoting.refresh_from_db()
    assert quoting.removed == ""


def test_nothing_comes_in_by_a_copy_until_they_opt_in() -> None:
    author = a_thread(2, author=ANA, source="mastodon", path="good.example/1", id="1").author
    opting_out.opt_out(author)
    opting_out.go_on()
    a_thread(1, first=50, author=EVE, source="mastodon", path="other.example/50", quote=a_card(COPY))
    with pytest.raises(OptedOut):
        a_thread(1, first=70, author=COPY, source="mastodon", path="other.example/70", text="zanzi")
    assert names() == [[], []]
    opting_out.opt_in(author)
    a_thread(1, first=70, author=COPY, source="mastodon", path="other.example/70", text="zanzi")


def test_who_has_a_handle_on_x_that_somebody_else_had_before_is_somebody_else() -> None:
    opting_out.opt_out(a_thread(2, author=BOB).author)
    other = Person(id="3", handle="bob", name="New Bob", url="https://x.com/bob")
    assert a_thread(2, first=50, author=other).removed == ""
