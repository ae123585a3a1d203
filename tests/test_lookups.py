"""Lookups: found out by a worker on the pretend networks, whatever goes wrong on the way."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.leases import Held, LostLease
from accounts.models import User
from billing.plans import FREE, Limit
from tests.follows import a_reader, many_authors
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import follows, lookups
from unroller.actions.patience import MOST_ATTEMPTS
from unroller.core.posts import Person
from unroller.models import Author, Cadence, Follow, Lookup, Watch

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


def run(user: User, text: str) -> Lookup:
    """Ask, and do what a worker does."""
    row = lookups.ask(user, text)
    lookups.run(str(row.id))
    row.refresh_from_db()
    return row


def imported(user: User, key: str = "maralind") -> Lookup:
    """A row of an imported list."""
    return Lookup.objects.create(user=user, source="x", key=key, text=f"@{key}", cadence=Cadence.DAILY)


def ended(row_id: UUID) -> bool:
    return Lookup.objects.get(id=row_id).state != Lookup.State.QUEUED


def test_a_handle_on_x_is_found(sandbox: Sandbox, world: World, bob: User) -> None:
    mara = world.x.person("maralind", name="Mara Lindqvist")
    row = run(bob, "@MaraLind")
    assert (row.state, row.sentence) == (Lookup.State.DONE, "")
    assert row.author is not None
    assert (row.author.network_id, row.author.name, row.author.handle) == (mara.id, "Mara Lindqvist", "maralind")
    assert row.author.url == "https://x.com/maralind"
    assert not Follow.objects.exists()


def test_a_handle_on_bluesky_is_found(sandbox: Sandbox, world: World, bob: User) -> None:
    ali = world.bluesky.person("ali.example", name="Ali")
    row = run(bob, "https://bsky.app/profile/ali.example")
    assert row.author is not None
    assert (row.author.source, row.author.network_id, row.author.handle) == ("bluesky", ali.did, "ali.example")


def test_a_profile_on_mastodon_is_found(sandbox: Sandbox, world: World, bob: User) -> None:
    home = world.mastodon.one
    home.person("ali", name="Ali")
    row = run(bob, f"{home.base}/@ali")
    assert row.author is not None
    assert (row.author.source, row.author.handle) == ("mastodon", f"ali@{home.host}")
    assert lookups.ask(bob, f"@ali@{home.host}").author == row.author


def test_an_author_is_found_under_the_name_their_threads_have(sandbox: Sandbox, world: World, bob: User) -> None:
    first = run(bob, "@MaraLind") if world.x.person("maralind") else None
    assert first is not None
    world.x.rename(world.x.known("maralind"), "mara")  # type: ignore[arg-type]
    assert run(bob, "@mara").author == first.author
    assert Author.objects.get().handle == "mara"


@pytest.mark.parametrize(
    ("fate", "sentence"),
    [
        ("nobody", "There is no such account on X."),
        ("protect", "This author's posts are protected: only followers they approved can read them."),
        ("suspend", "X has suspended this account, so its posts cannot be read."),
    ],
)
def test_who_cannot_be_followed_is_said_in_one_sentence(
    sandbox: Sandbox, world: World, bob: User, fate: str, sentence: str
) -> None:
    if fate != "nobody":
        getattr(world.x, fate)(world.x.person("maralind"))
    row = run(bob, "@maralind")
    assert (row.state, row.sentence, row.author) == (Lookup.State.FAILED, sentence, None)


def test_who_asks_not_to_be_listed_is_left_alone(sandbox: Sandbox, world: World, bob: User) -> None:
    world.mastodon.one.person("shy", noindex=True)
    row = run(bob, f"@shy@{world.mastodon.one.host}")
    assert row.state == Lookup.State.FAILED
    assert row.sentence.startswith("This author asks other sites not to list them")


def test_who_opted_out_here_is_left_alone_under_a_new_name_too(sandbox: Sandbox, world: World, bob: User) -> None:
    mara = world.x.person("maralind")
    run(bob, "@maralind")
    Author.objects.update(opted_out=True)
    world.x.rename(mara, "mara")
    assert run(bob, "@mara").sentence == "This author asked this site not to follow them."


def test_a_rate_limit_makes_the_lookup_wait_and_costs_no_attempt(sandbox: Sandbox, world: World, bob: User) -> None:
    world.x.person("maralind")
    world.faults.add("x", "rate-limited")
    row = run(bob, "@maralind")
    assert (row.state, row.attempts, row.leased_until) == (Lookup.State.QUEUED, 0, None)
    assert row.not_before is not None
    assert row.not_before > timezone.now()
    assert row.sentence == "X asks us to wait before reading more."
    assert lookups.sweep() == 0
    lookups.run(str(row.id))
    assert len(world.log.of("x")) == 1


def test_a_network_that_never_answers_ends_the_lookup_after_five_tries(
    sandbox: Sandbox, world: World, bob: User
) -> None:
    world.faults.add("x", "error", times=-1)
    row = lookups.ask(bob, "@maralind")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert not ended(row.id)
        Lookup.objects.update(not_before=None)
        lookups.run(str(row.id), lookups.SLOW if attempt > 1 else lookups.QUEUE)
        assert Lookup.objects.get().attempts == attempt
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Lookup.State.FAILED, "X did not answer.")


def test_a_site_without_a_key_says_so(sandbox: Sandbox, settings: Settings, bob: User) -> None:
    settings.X_BEARER_TOKEN = ""
    row = run(bob, "@maralind")
    assert (row.state, row.sentence) == (Lookup.State.FAILED, "X is not set up on this site.")


def test_an_imported_name_is_followed_at_once(sandbox: Sandbox, world: World, bob: User) -> None:
    world.x.person("maralind")
    row = imported(bob)
    lookups.run(str(row.id), lookups.SLOW)
    row.refresh_from_db()
    follow = Follow.objects.get(user=bob)
    assert (row.state, row.author, row.sentence) == (Lookup.State.DONE, follow.author, "")
    assert follow.cadence == Cadence.DAILY
    assert Watch.objects.filter(author=follow.author).exists()


def test_an_imported_name_that_was_followed_already_says_so(sandbox: Sandbox, world: World, bob: User) -> None:
    world.x.person("maralind")
    for _ in range(2):
        row = imported(bob)
        lookups.run(str(row.id), lookups.SLOW)
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Lookup.State.DONE, lookups.ALREADY)


def test_a_lookup_that_was_cleared_in_the_hands_of_a_worker_ends_quietly(
    sandbox: Sandbox, world: World, bob: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ask_the_network = lookups._person

    def _cleared_meanwhile(held: Held[Lookup]) -> Person:
        Lookup.objects.all().delete()
        return ask_the_network(held)

    monkeypatch.setattr(lookups, "_person", _cleared_meanwhile)
    world.x.person("maralind")
    for name in ("maralind", "nobody"):
        lookups.run(str(imported(bob, name).id), lookups.SLOW)
    world.faults.add("x", "error", times=-1)
    lookups.run(str(imported(bob, "maralind").id), lookups.SLOW)
    assert not Follow.objects.exists()
    assert not [record for record in caplog.records if record.name == lookups.__name__ and record.levelname != "INFO"]


def test_an_imported_name_beyond_the_limit_is_refused_without_asking_the_network(
    sandbox: Sandbox, world: World, settings: Settings, bob: User
) -> None:
    settings.BILLING_ENABLED = True
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(FREE.limit(Limit.AUTHORS))})
    row = imported(bob)
    lookups.run(str(row.id), lookups.SLOW)
    row.refresh_from_db()
    assert row.state == Lookup.State.FAILED
    assert row.sentence.startswith("You follow 20 authors")
    assert not world.log.of("x")


def test_a_lookup_is_done_once(sandbox: Sandbox, world: World, bob: User) -> None:
    world.x.person("maralind")
    row = run(bob, "@maralind")
    lookups.run(str(row.id))
    assert len(world.log.of("x")) == 1


def test_a_worker_that_lost_its_lease_writes_nothing(sandbox: Sandbox, world: World, bob: User) -> None:
    world.x.person("maralind")
    row = lookups.ask(bob, "@maralind")
    first = lookups.QUEUE.claim(row.id)
    assert first is not None
    assert lookups.QUEUE.claim(row.id) is None
    Lookup.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    lookups.run(str(row.id))
    with pytest.raises(LostLease):
        lookups._finish(first, None, "too late")
    with pytest.raises(LostLease):
        lookups.QUEUE.renew(first)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Lookup.State.DONE, 2)


def test_a_lookup_that_kills_every_worker_ends(bob: User) -> None:
    row = lookups.ask(bob, "@maralind")
    for _ in range(MOST_ATTEMPTS):
        assert lookups.QUEUE.claim(row.id) is not None
        Lookup.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    lookups.run(str(row.id))
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Lookup.State.FAILED, "Something went wrong on our side.")


def test_the_sweeper_rings_for_lookups_that_no_bell_reached(bob: User) -> None:
    for name in ("ana", "ben"):
        lookups.ask(bob, f"@{name}")
    Lookup.objects.update(rung_at=None)
    assert [lookups.sweep(), lookups.sweep()] == [2, 0]
    Lookup.objects.update(rung_at=timezone.now() - timedelta(minutes=2))
    assert lookups.sweep() == 2, "a bell that nobody heard for so long may be lost"


def test_lookups_are_deleted_after_a_month(bob: User) -> None:
    old = imported(bob, "old")
    imported(bob, "young")
    Lookup.objects.filter(id=old.id).update(created_at=timezone.now() - timedelta(days=31))
    assert lookups.tidy() == 1
    assert [row.key for row in Lookup.objects.all()] == ["young"]


def test_a_worker_hears_the_bell(worker: Worker, world: World, bob: User) -> None:
    world.x.person("maralind")
    worker.start()
    row = lookups.ask(bob, "@maralind")
    until(lambda: ended(row.id), what="lookup done")
    assert Lookup.objects.get().author == Author.objects.get()


def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(worker: Worker, world: World, bob: User) -> None:
    world.x.person("maralind")
    world.faults.add("x", "hang")
    worker.start()
    row = imported(bob)
    lookups.sweep()
    until(lambda: Lookup.objects.filter(attempts=1).exists(), what="lookup taken")
    until(lambda: bool(world.log.of("x")), what="network asked")
    worker.kill()
    world.faults.clear()
    Lookup.objects.update(leased_until=timezone.now() - timedelta(seconds=1), rung_at=None)
    worker.start()
    assert lookups.sweep() == 1
    until(lambda: ended(row.id), what="lookup done by the next worker")
    assert Follow.objects.filter(user=bob).count() == 1
