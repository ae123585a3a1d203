"""Following: limits under a lock, the watch that comes and goes, cadences, what counts as seen."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.plans import FREE, Limit
from tests.follows import a_reader, an_author, many_authors, wrote
from tests.meeting import at_once, ends
from unroller import my_authors, queries
from unroller.actions import follows
from unroller.actions.follows import LimitReached, NotFollowable
from unroller.models import Author, Cadence, Chain, Follow, Notification, Reader, Reading, Watch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


@pytest.fixture
def alice() -> User:
    return a_reader("alice", premium=True)


@pytest.fixture
def mara() -> Author:
    return an_author("maralind")


def test_following_watches_the_author_and_gives_the_reader_their_secrets(bob: User, mara: Author) -> None:
    row = follows.follow(bob, mara, Cadence.WEEKLY)
    assert (row.user, row.author, row.cadence) == (bob, mara, Cadence.WEEKLY)
    assert Watch.objects.get(author=mara).due_at <= timezone.now()
    assert Reader.objects.filter(user=bob).exists()


def test_following_twice_keeps_the_first_row(bob: User, mara: Author) -> None:
    first = follows.follow(bob, mara, Cadence.WEEKLY)
    second = follows.follow(bob, mara, Cadence.HERE)
    assert (second.id, second.cadence) == (first.id, Cadence.WEEKLY)
    assert Watch.objects.count() == 1


def test_at_once_is_for_members_and_becomes_every_morning_for_others(bob: User, alice: User, mara: Author) -> None:
    assert follows.follow(alice, mara, Cadence.INSTANT).cadence == Cadence.INSTANT
    row = follows.follow(bob, mara, Cadence.INSTANT)
    assert row.cadence == Cadence.DAILY
    assert follows.set_cadence(row, Cadence.INSTANT) == Cadence.DAILY


@pytest.mark.parametrize(("wish", "word"), [("opted_out", "asked this site"), ("unlisted", "list them")])
def test_authors_who_want_to_be_left_alone_are(bob: User, wish: str, word: str) -> None:
    with pytest.raises(NotFollowable) as refused:
        follows.follow(bob, an_author("shy", **{wish: True}), Cadence.DAILY)
    assert word in refused.value.sentence
    assert not Watch.objects.exists()


def test_a_free_reader_follows_twenty_and_is_told_why_not_more(bob: User, mara: Author) -> None:
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(FREE.limit(Limit.AUTHORS))})
    with pytest.raises(LimitReached) as refused:
        follows.follow(bob, mara, Cadence.DAILY)
    assert refused.value.sentence.startswith("You follow 20 authors")
    assert not Watch.objects.filter(author=mara).exists()
    last = Follow.objects.filter(user=bob).latest("id")
    assert follows.follow(bob, last.author, Cadence.DAILY) == last


def test_a_member_follows_five_hundred(alice: User, mara: Author) -> None:
    refused = follows.follow_all(alice, {author.id: Cadence.INSTANT for author in many_authors(501)})
    assert [error.sentence[:23] for error in refused.values()] == ["You follow 500 authors,"]
    assert Follow.objects.filter(user=alice).count() == 500


def test_without_billing_everybody_has_the_larger_plan(settings: Settings, bob: User) -> None:
    settings.BILLING_ENABLED = False
    assert not follows.follow_all(bob, {author.id: Cadence.INSTANT for author in many_authors(30)})
    assert not Follow.objects.exclude(cadence=Cadence.INSTANT).exists()


def test_two_clicks_at_the_same_moment_do_not_pass_the_limit(bob: User) -> None:
    authors = many_authors(FREE.limit(Limit.AUTHORS) + 5)
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in authors[: FREE.limit(Limit.AUTHORS) - 1]})
    rest = authors[FREE.limit(Limit.AUTHORS) - 1 :]
    found = ends(*[lambda author=author: follows.follow(bob, author, Cadence.DAILY) for author in rest])
    assert sum(isinstance(end, Follow) for end in found) == 1
    assert sum(isinstance(end, LimitReached) for end in found) == len(rest) - 1
    assert Follow.objects.filter(user=bob).count() == FREE.limit(Limit.AUTHORS)
    assert Watch.objects.count() == FREE.limit(Limit.AUTHORS)


def test_two_clicks_on_one_author_make_one_row(bob: User, mara: Author) -> None:
    rows = at_once(*[lambda: follows.follow(bob, mara, Cadence.DAILY)] * 4)
    assert {row.id for row in rows} == {Follow.objects.get().id}


def test_the_watch_goes_with_the_last_follower(bob: User, alice: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    follows.follow(alice, mara, Cadence.DAILY)
    Chain.objects.create(author=mara, root="1", keys=["1", "2"], quiet_at=timezone.now())
    assert follows.unfollow(bob, mara)
    assert Watch.objects.exists()
    assert follows.unfollow(alice, mara)
    assert not Watch.objects.exists()
    assert not Chain.objects.exists()
    assert not follows.unfollow(alice, mara)


def test_a_follow_in_the_moment_of_the_last_unfollow_is_watched(bob: User, alice: User, mara: Author) -> None:
    for _ in range(15):
        follows.follow(bob, mara, Cadence.DAILY)
        at_once(lambda: follows.unfollow(bob, mara), lambda: follows.follow(alice, mara, Cadence.DAILY))
        assert [row.user for row in Follow.objects.select_related("user")] == [alice]
        assert Watch.objects.filter(author=mara).exists()
        follows.unfollow(alice, mara)
        assert not Watch.objects.exists()


def test_a_follow_waits_for_an_unfollow_that_is_not_committed(bob: User, alice: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    joined: list[object] = []

    def join() -> None:
        joined.append(follows.follow(alice, mara, Cadence.DAILY))
        connection.close()

    follower = Thread(target=join)
    with transaction.atomic():
        follows.unfollow(bob, mara)
        follower.start()
        follower.join(timeout=0.3)
        assert joined == []
    follower.join()
    assert Watch.objects.filter(author=mara).exists()


def a_mail_about(user: User, author: Author, number: int, **values: object) -> Notification:
    thread = wrote(author, number)
    return Notification.objects.create(**({"user": user, "thread": thread, "due_at": timezone.now()} | values))


def test_mail_about_somebody_who_is_unfollowed_is_settled(bob: User, alice: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    waiting = a_mail_about(bob, mara, 100)
    in_hands = a_mail_about(bob, mara, 200, leased_until=timezone.now() + timedelta(minutes=1))
    of_others = [a_mail_about(bob, an_author("other"), 300), a_mail_about(alice, mara, 400)]
    follows.unfollow(bob, mara)
    settled = Notification.objects.exclude(settled_at=None)
    assert [(each.id, each.outcome) for each in settled] == [(waiting.id, Notification.Outcome.UNWANTED)]
    assert {in_hands.id, *(each.id for each in of_others)}.isdisjoint({each.id for each in settled})


def test_the_button_in_an_old_mail_still_works_for_who_follows_again(bob: User, mara: Author) -> None:
    before = follows.follow(bob, mara, Cadence.DAILY).mail_token
    follows.unfollow(bob, mara)
    assert follows.follow(bob, mara, Cadence.DAILY).mail_token == before
    assert follows.follow(bob, an_author("other"), Cadence.DAILY).mail_token != before


def test_mail_that_waits_follows_a_new_cadence(bob: User, mara: Author) -> None:
    row = follows.follow(bob, mara, Cadence.WEEKLY)
    waiting = a_mail_about(bob, mara, 100, due_at=timezone.now() + timedelta(days=6))
    follows.set_cadence(row, Cadence.DAILY)
    waiting.refresh_from_db()
    assert waiting.due_at <= timezone.now() + timedelta(days=1)
    assert waiting.settled_at is None


def test_a_cadence_for_what_was_unfollowed_meanwhile_changes_nothing(bob: User, mara: Author) -> None:
    row = follows.follow(bob, mara, Cadence.WEEKLY)
    follows.unfollow(bob, mara)
    follows.set_cadence(row, Cadence.DAILY)
    assert not Follow.objects.exists()


def test_unread_is_what_came_since_and_was_not_opened(bob: User, mara: Author) -> None:
    wrote(mara, 100, days_ago=3)
    follows.follow(bob, mara, Cadence.DAILY)
    Follow.objects.update(created_at=timezone.now() - timedelta(days=2))
    opened, new = wrote(mara, 200, days_ago=1), wrote(mara, 300)
    wrote(an_author("other"), 400)
    Reading.objects.create(user=bob, thread=opened)
    assert list(queries.unread(bob)) == [new]
    unlisted = wrote(mara, 500)
    unlisted.unlisted = True
    unlisted.save()
    assert queries.unread_count(bob) == 1
    assert follows.mark_seen(bob) == 1
    assert queries.unread_count(bob) == 0
    wrote(mara, 600, days_ago=-1)
    assert queries.unread_count(bob) == 1


def test_unread_is_each_readers_own(bob: User, alice: User, mara: Author) -> None:
    for user in (bob, alice):
        follows.follow(user, mara, Cadence.DAILY)
    wrote(mara, 100)
    follows.mark_seen(alice, mara)
    assert (queries.unread_count(bob), queries.unread_count(alice)) == (1, 0)


def test_a_renewed_feed_has_another_secret(bob: User) -> None:
    first = follows.reader(bob).feed_token
    assert follows.renew_feed(bob) != first
    assert follows.reader(bob).feed_token != first
    assert Reader.objects.count() == 1


def test_following_many_asks_as_often_as_following_one(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    follows.reader(alice)
    wanted = [author.id for author in many_authors(61)]
    for some in (wanted[:1], wanted[1:31], wanted[31:]):
        with django_assert_num_queries(12):
            follows.follow_all(alice, dict.fromkeys(some, Cadence.DAILY))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"error": "Protected", "failures": 1}, "protected"),
        ({"error": "Suspended", "failures": 1}, "X has suspended"),
        ({"error": "Unreachable", "failures": 1}, ""),
        ({"error": "Unreachable", "failures": 9}, "X has not answered about this author since"),
        ({"error": "What", "failures": 9}, "cannot"),
    ],
)
def test_trouble_with_an_author_is_said_when_it_lasts(mara: Author, changes: dict[str, object], said: str) -> None:
    Watch.objects.create(author=mara, due_at=timezone.now(), **changes)
    sentence = my_authors.trouble(Author.objects.select_related("watch").get(id=mara.id))
    assert said in sentence
    assert bool(sentence) == bool(said)
