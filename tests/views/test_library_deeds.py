"""`POST /library/do`: what is done to one thread, to those that are ticked, to all that a sift shows."""

from http import HTTPStatus

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from billing.plans import FREE, Limit
from tests.follows import a_reader, an_author, wrote
from tests.test_library import keep, many_threads
from unroller.actions import library
from unroller.core.tags import MOST
from unroller.forms.library import DEEDS
from unroller.models import Author, Reading, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

DO = "/library/do"


@pytest.fixture
def mara() -> Author:
    return an_author("maralind")


@pytest.fixture
def three(alice: User, mara: Author) -> list[Saved]:
    return [library.save(alice, wrote(mara, number)) for number in (100, 200, 300)]


def done(client: Client, query: str = "", /, **fields: object) -> str:
    """Do it; what was said last."""
    answer = client.post(f"{DO}{query}", {"back": "/library?show=all"} | fields)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/library?show=all")
    return [str(message) for message in get_messages(answer.wsgi_request)][-1]


@pytest.mark.parametrize("deed", DEEDS)
def test_charlie_signs_in_first_and_changes_nothing(client: Client, three: list[Saved], deed: str) -> None:
    before = list(Saved.objects.values())
    client.logout()
    answer = client.post(DO, {"action": deed, "saved": three[0].id, "tags": "x"})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/accounts/login/?next=/library")
    assert list(Saved.objects.values()) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_charlie_with_an_account_changes_nothing_of_alices(client: Client, three: list[Saved], deed: str) -> None:
    before = list(Saved.objects.values())
    client.force_login(a_reader("charlie", premium=True))
    done(client, action=deed, saved=[row.id for row in three], tags="x", sure="1")
    done(client, f"?only={three[0].id}", action=deed, tags="x")
    done(client, action=deed, all="1", tags="x", sure="1")
    assert list(Saved.objects.values()) == before
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("deed", "words", "back"),
    [
        ("archive", "archived", "unarchive"),
        ("favorite", "marked as favorite", "unfavorite"),
        ("read", "marked as read", "unread"),
    ],
)
def test_marks_are_set_and_taken_back(client: Client, three: list[Saved], deed: str, words: str, back: str) -> None:
    two = [row.id for row in three[:2]]
    assert done(client, action=deed, saved=two) == f"2 threads {words}."
    assert done(client, action=deed, saved=two) == "There was nothing to change."
    assert done(client, f"?only={two[0]}", action=back).startswith("1 thread ")
    rows = Saved.objects.filter(id__in=[row.id for row in three]).order_by("id")
    read = set(Reading.objects.exclude(read_at=None).values_list("thread", flat=True))
    marked = [row.archived_at is not None or row.favorite or row.thread_id in read for row in rows]
    assert marked == [False, True, False]


def test_only_one_is_meant_whatever_is_ticked(client: Client, three: list[Saved]) -> None:
    ticked = [row.id for row in three[1:]]
    assert done(client, f"?only={three[0].id}", action="archive", saved=ticked, all="1") == "1 thread archived."
    assert Saved.objects.exclude(archived_at=None).get() == three[0]


def test_all_that_a_sift_shows_are_meant_also_on_other_pages(client: Client, alice: User, three: list[Saved]) -> None:
    keep(alice, many_threads(120))
    author = three[0].thread.author_id
    assert done(client, action="archive", all="1", author=author, show="all") == "3 threads archived."
    assert done(client, action="favorite", all="1", show="unread") == "120 threads marked as favorite."
    assert Saved.objects.filter(favorite=True, archived_at=None).count() == 120


def test_one_is_taken_out_and_put_back_as_it_was(client: Client, alice: User, mara: Author) -> None:
    row = library.save(alice, wrote(mara, 100), tags=["art", "war"], note="Why.", favorite=True, archived=True)
    assert done(client, f"?only={row.id}", action="remove") == "1 thread taken out of your library."
    assert not Saved.objects.exists()
    page = client.get("/library").content.decode()
    assert "Put it back" in page
    assert "Put it back" not in client.get("/library").content.decode()
    Thread.objects.update(removed="Gone", document=None)
    assert done(client, action="undo") == "It is in your library again."
    again = Saved.objects.get(user=alice)
    assert (again.saved_at, again.tags, again.note, again.favorite) == (row.saved_at, row.tags, "Why.", True)
    assert again.archived_at is not None
    assert done(client, action="undo") == "There is nothing to put back."


def test_what_finds_no_room_waits_until_there_is_some(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100), tags=["art"], note="Why.")
    done(client, f"?only={row.id}", action="remove")
    keep(bob, many_threads(FREE.limit(Limit.SAVED)))
    assert done(client, action="undo").startswith("Your library is full")
    assert "Put it back" in client.get("/library").content.decode()
    Saved.objects.filter(thread__path="many-7").delete()
    assert done(client, action="undo") == "It is in your library again."
    assert Saved.objects.get(thread=row.thread).note == "Why."


def test_who_was_a_member_once_gets_back_what_they_took_out(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100))
    keep(bob, many_threads(FREE.limit(Limit.SAVED) + 1))
    done(client, f"?only={row.id}", action="remove")
    assert done(client, action="undo") == "It is in your library again."
    assert Saved.objects.filter(user=bob).count() == FREE.limit(Limit.SAVED) + 2


def test_nothing_is_put_back_of_a_thread_that_is_no_more(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100))
    done(client, f"?only={row.id}", action="remove")
    Thread.objects.filter(id=row.thread_id).delete()
    assert done(client, action="undo") == "There is nothing to put back."


def test_many_are_taken_out_only_by_who_is_sure(client: Client, three: list[Saved]) -> None:
    ticked = [row.id for row in three[:2]]
    page = client.post(DO, {"action": "remove", "saved": ticked, "back": "/library"}).content.decode()
    assert "Take 2 threads out of your library?" in page
    assert f'name="saved" value="{ticked[0]}"' in page
    assert Saved.objects.count() == 3
    assert done(client, action="remove", saved=ticked, sure="1") == "2 threads taken out of your library."
    page = client.post(DO, {"action": "remove", "all": "1", "tag": "x"}).content.decode()
    assert Saved.objects.count() == 1


def test_the_question_keeps_the_sift(client: Client, three: list[Saved]) -> None:
    Saved.objects.update(tags=["art"])
    page = client.post(DO, {"action": "remove", "all": "on", "tag": "art", "show": "all"}).content.decode()
    for name, value in {"all": "on", "tag": "art", "show": "all", "sure": "1", "action": "remove"}.items():
        assert f'name="{name}" value="{value}"' in page


def test_many_are_tagged_at_once(client: Client, three: list[Saved]) -> None:
    ids = [row.id for row in three]
    Saved.objects.filter(id=ids[2]).update(tags=[f"t{n}" for n in range(MOST)])
    assert done(client, action="tag", saved=ids, tags="#Art, Long read") == (
        "2 threads tagged. 1 thread could not take all: 20 tags are the most."
    )
    assert Saved.objects.get(id=ids[0]).tags == ["art", "long read"]
    assert done(client, action="untag", saved=ids[:1], tags="art") == "1 thread without it now."
    assert done(client, action="tag", saved=ids, tags=" , ") == "Write a tag first."
    assert done(client, action="untag", saved=ids) == "Write a tag first."
    assert done(client, action="tag", saved=ids, tags="a" * 51).startswith("A tag has at most 50 characters;")
    many = ",".join(f"n{n}" for n in range(21))
    assert done(client, action="tag", saved=ids, tags=many) == "A thread has at most 20 tags; these are 21."


def test_a_free_reader_meets_the_offer_at_tags_and_may_take_them_off(client: Client, mara: Author) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = library.save(bob, wrote(mara, 100), tags=["art"])
    answer = client.post(DO, {"action": "tag", "saved": row.id, "tags": "new"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert "This comes with premium" in answer.content.decode()
    assert done(client, action="untag", saved=row.id, tags="art") == "1 thread without it now."


WRONG: tuple[dict[str, object], ...] = (
    {"saved": "x"},
    {"saved": "-1"},
    {"saved": "99999999999999999999"},
    {"saved": "²"},
    {"saved": ["1\x00", "9" * 5000]},
    {},
)


@pytest.mark.parametrize("fields", WRONG)
def test_wrong_ids_are_as_if_they_were_not_there(client: Client, three: list[Saved], fields: dict[str, object]) -> None:
    assert done(client, action="archive", **fields) == "Choose a thread first."
    assert done(client, "?only=x", action="archive") == "Choose a thread first."


def test_what_cannot_be_done_is_said(client: Client, three: list[Saved]) -> None:
    assert done(client, action="explode", saved=three[0].id) == "This cannot be done to saved threads."
    assert done(client, saved=three[0].id) == "Choose what to do."
    assert client.get(DO).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_another_site_cannot_do_anything(alice: User, three: list[Saved]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert strict.post(DO, {"action": "remove", "saved": three[0].id}).status_code == HTTPStatus.FORBIDDEN


def test_it_leads_to_no_other_site(client: Client, three: list[Saved]) -> None:
    answer = client.post(DO, {"action": "archive", "saved": three[0].id, "back": "//evil.example"})
    assert answer["Location"] == "/library"
