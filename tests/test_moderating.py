"""What operators hide, show again, remove and ban: nobody sees it, and what may come back comes back as it was."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.compliance.test_accounts import of_an_archive
from tests.follows import a_reader
from tests.rights.test_deciding import ANA, COPY, EVE, a_card
from tests.sandbox.world import World
from tests.test_pages import Get, get
from tests.test_unrolling import a_chain, unroll
from tests.threads import a_pile, a_thread
from unroller import my_authors, queries, store
from unroller.actions import (
    cases,
    highlights,
    indexing,
    library,
    moderating,
    opting_out,
    private_links,
    profiles,
    refusing,
    threads,
    unrolling,
)
from unroller.actions.archives import placing
from unroller.core.assemble import assemble
from unroller.core.errors import Banned, Hidden, OptedOut, Removed
from unroller.core.posts import Person
from unroller.models import Author, Case, Color, Hiding, Highlight, Job, Thread, ThreadWords

__all__ = ["get"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return a_reader("bob", premium=True)


def test_a_hidden_thread_is_on_no_page_list_feed_or_file(get: Get, client: Client) -> None:
    row, other = a_thread(3), a_thread(2, first=100)
    address = row.get_absolute_url()
    assert get(address).status == get(other.get_absolute_url()).status == 200
    assert moderating.hide(row.pk, "threats")
    assert store.client().keys("page:/*") == []
    page = get(address)
    assert (page.status, "It may come back." in page.body.decode()) == (404, True)
    assert "threats" not in page.body.decode()
    assert list(queries.listed()) == [other]
    for ending in (".md", ".txt", ".json", ".pdf", ".epub"):
        assert client.get(address + ending).status_code == 404
    assert client.post(f"{address}/refresh").status_code == 404
    for list_of_threads in ("/", "/recent", f"{row.author.get_absolute_url()}/feed", row.author.get_absolute_url()):
        assert address not in client.get(list_of_threads).content.decode().replace("/thread/x/100", "")


def test_it_comes_back_as_it_was_and_its_network_is_asked(get: Get, bob: User) -> None:
    row = a_thread(3)
    library.save(bob, row)
    highlights.add(bob, row, post_id="2", start=0, length=4, quote="This", color=Color.YELLOW)
    moderating.hide(row.pk, "threats")
    assert Highlight.objects.get().quote == ""
    assert moderating.show_again(row.pk)
    assert get(row.get_absolute_url()).status == 200
    assert Highlight.objects.get().quote == "This"
    assert (Hiding.objects.count(), Job.objects.get().why) == (0, Job.Why.CHECK)
    assert not moderating.show_again(row.pk)


def test_who_saved_it_is_told_so_and_search_does_not_find_it(bob: User, client: Client) -> None:
    row = a_thread(3)
    saved = library.save(bob, row)
    indexing.index_due()
    assert "This is post" in client.get("/search?q=post").content.decode()
    moderating.hide(row.pk, "threats")
    client.force_login(bob)
    page = client.get(f"/library/{saved.pk}").content.decode()
    assert ("This is post" in page, "do not show this thread at the moment" in page) == (False, True)
    assert "This is post" not in client.get("/search?q=post").content.decode()
    assert not ThreadWords.objects.exists()


@pytest.mark.usefixtures("sandbox")
def test_nobody_s_link_brings_back_what_is_hidden_nor_the_thread_it_is_a_part_of(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    moderating.hide(Thread.objects.get().pk, "threats")
    reply = world.x.post(world.x.person("charlie"), "So true!", under=posts[2])
    job = unroll(world.x.link(reply))
    assert (job.state, job.error) == (Job.State.FAILED, "Hidden")
    assert Thread.objects.get().document is None


def test_an_edit_of_a_hidden_post_does_not_bring_it_back() -> None:
    moderating.hide(a_thread(1, first=5).pk, "threats")
    with pytest.raises(Hidden):
        refusing.need_leave(assemble(a_pile(1, first=6, aliases=("5",))).thread)


def test_a_private_thread_that_is_hidden_is_not_forgotten_with_its_last_link() -> None:
    row = a_thread(3)
    Thread.objects.update(private=True)
    moderating.hide(row.pk, "threats")
    assert private_links.sweep() == 0
    with pytest.raises(Hidden):
        refusing.need_leave(assemble(a_pile(3)).thread)


def test_its_author_may_take_away_what_is_hidden_and_then_it_does_not_come_back() -> None:
    row = a_thread(3)
    moderating.hide(row.pk, "threats")
    assert profiles.take_away(row.author, row.pk)
    assert Hiding.objects.count() == 0
    assert not moderating.show_again(row.pk)
    assert not profiles.allow_again(row.author, row.pk)
    with pytest.raises(Removed):
        refusing.need_leave(assemble(a_pile(3)).thread)


def test_an_author_who_opts_out_leaves_nothing_hidden_either() -> None:
    row = a_thread(3)
    moderating.hide(row.pk, "threats")
    opting_out.opt_out(row.author)
    row.refresh_from_db()
    assert (row.removed, Hiding.objects.count()) == ("Removed", 0)
    opting_out.opt_in(row.author)
    with pytest.raises(Removed):
        refusing.need_leave(assemble(a_pile(3)).thread)


@pytest.mark.parametrize("person", [ANA, COPY])
def test_a_ban_outlives_that_its_author_opts_out_and_in_again(person: Person) -> None:
    row = a_thread(2, author=ANA, source="mastodon", path="good.example/1", id="1")
    cases.decide_author(row.author, Case.Decision.BANNED, "a fraud")
    opting_out.opt_out(row.author)
    opting_out.opt_in(row.author)
    with pytest.raises(Banned):
        a_thread(1, first=70, author=person, source="mastodon", path=f"{person.id}0")


def test_what_is_hidden_can_be_removed_for_good() -> None:
    row = a_thread(3)
    moderating.hide(row.pk, "threats")
    assert moderating.remove(row.pk)
    assert not moderating.remove(row.pk)
    assert not moderating.show_again(row.pk)
    row.refresh_from_db()
    assert (row.removed, Hiding.objects.count()) == ("Removed", 0)


def test_words_of_x_wait_for_a_day_and_the_thread_is_then_fetched_anew() -> None:
    row = a_thread(3)
    moderating.hide(row.pk, "threats")
    assert moderating.go_on() == 0
    Hiding.objects.update(hidden_at=timezone.now() - timedelta(hours=25))
    assert moderating.go_on() == 1
    assert moderating.show_again(row.pk)
    row.refresh_from_db()
    assert (row.removed, row.document, Job.objects.get().thread) == ("Readmitted", None, row)


def test_a_banned_author_has_no_page_and_nothing_of_theirs_comes_in(client: Client) -> None:
    row, hidden = a_thread(3), a_thread(2, first=100)
    moderating.hide(hidden.pk, "threats")
    assert cases.decide_author(row.author, Case.Decision.BANNED, "a fraud")
    assert not cases.decide_author(row.author, Case.Decision.BANNED, "a fraud")
    for address in (row.get_absolute_url(), row.author.get_absolute_url(), f"{row.author.get_absolute_url()}/feed"):
        answer = client.get(address)
        assert (answer.status_code, "do not show the threads of this author" in answer.content.decode()) == (404, True)
    assert "do not show" in my_authors.left_alone(Author.objects.get())
    with pytest.raises(Banned):
        a_thread(2, first=200)
    assert cases.lift(row.author, "a mistake")
    assert not cases.lift(row.author, "a mistake")
    assert client.get(row.get_absolute_url()).status_code == 200
    assert client.get(hidden.get_absolute_url()).status_code == 404


@pytest.mark.usefixtures("sandbox")
def test_a_link_to_a_banned_author_fails_with_one_sentence(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    cases.decide_author(Author.objects.get(), Case.Decision.BANNED, "a fraud")
    new = world.x.post(posts[0].author, "Something new.")
    job = unroll(world.x.link(new))
    assert (job.error, job.sentence) == (
        "Banned",
        "The people who run this site do not show the threads of this author.",
    )


@pytest.mark.parametrize(("first", "second"), [(ANA, COPY), (COPY, ANA)])
def test_nothing_of_a_banned_author_comes_in_by_another_server(first: Person, second: Person) -> None:
    author = a_thread(2, author=first, source="mastodon", path="good.example/1", id="1").author
    quoted = a_thread(1, first=50, author=EVE, source="mastodon", path="other.example/50", quote=a_card(second))
    cases.decide_author(author, Case.Decision.BANNED, "a fraud")
    with pytest.raises(Banned):
        a_thread(1, first=70, author=second, source="mastodon", path="other.example/70", text="zanzi")
    cases.lift(author, "a mistake")
    assert a_thread(1, first=70, author=second, source="mastodon", path="other.example/70", text="zanzi").removed == ""
    quoted.refresh_from_db()
    assert quoted.removed == ""


def test_what_a_killed_worker_left_of_a_ban_is_done_by_the_clock() -> None:
    row, other = a_thread(3), a_thread(2, first=100)
    Author.objects.update(banned=True)
    assert moderating.go_on() == 2
    assert set(Thread.objects.values_list("removed", flat=True)) == {"Banned"}
    assert not moderating.show_again(row.pk)
    Author.objects.update(banned=False)
    assert moderating.go_on() == 2
    assert set(Thread.objects.values_list("removed", flat=True)) == {""}
    assert Thread.objects.get(pk=other.pk).document is not None


def test_what_the_clock_hides_of_a_ban_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_thread(3)
    with monkeypatch.context() as killed:
        killed.setattr(moderating, "AT_ONCE", 0)
        for what, decision in (("spam", Case.Decision.BANNED), ("hate", Case.Decision.DISMISSED)):
            cases.report(row, what, address="203.0.113.1")
            cases.decide(Case.objects.get(decided_at=None), decision, f"{what}, as it was said")
    assert moderating.go_on() == 1
    assert (Hiding.objects.get().with_author, Hiding.objects.get().reason) == (True, "spam, as it was said")


def test_the_end_of_a_ban_asks_no_network_for_every_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "FRESH", timedelta(days=36_500))
    old, new = a_thread(3), a_thread(2, first=100)
    Thread.objects.filter(pk=new.pk).update(look_at=timezone.now() + timedelta(hours=20))
    cases.decide_author(old.author, Case.Decision.BANNED, "a fraud")
    Hiding.objects.filter(thread=old).update(document=None)
    cases.lift(old.author, "a mistake")
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.removed, new.removed, new.look_at) == ("Readmitted", "", None)
    assert (new.check_at is not None, Job.objects.count()) == (True, 0)
    assert unrolling.may_be_back(old)


def test_what_is_hidden_for_itself_stays_so_when_the_ban_of_its_author_is_over(get: Get) -> None:
    mine, other = a_thread(3), a_thread(2, first=100)
    cases.decide_author(mine.author, Case.Decision.BANNED, "a fraud")
    assert cases.decide_thread(mine, Case.Decision.HIDDEN, "threats") == Case.Decision.HIDDEN
    assert not moderating.hide(mine.pk, "again")
    cases.lift(mine.author, "a mistake")
    mine.refresh_from_db()
    other.refresh_from_db()
    assert (mine.removed, other.removed) == ("Hidden", "")
    assert get(mine.get_absolute_url()).status == 404
    assert Hiding.objects.get().reason == "threats"
    assert moderating.show_again(mine.pk)
    assert Thread.objects.get(pk=mine.pk).title


def test_nobody_is_asked_about_what_came_out_of_an_archive() -> None:
    row = of_an_archive()
    moderating.hide(row.pk, "threats")
    moderating.show_again(row.pk)
    row.refresh_from_db()
    assert (row.removed, row.look_at, row.check_at, Job.objects.count()) == ("", placing.NEVER, None, 0)


def test_a_ban_and_an_authors_wish_are_two_things() -> None:
    row = a_thread(3)
    with transaction.atomic():
        threads.remove(row, OptedOut())
    opting_out.opt_out(row.author)
    assert not cases.decide_author(Author.objects.get(), Case.Decision.BANNED, "a fraud")
    assert not Author.objects.get().banned
