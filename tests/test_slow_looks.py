"""Looks at people on a network that answers slowly keep others waiting for a first turn at most."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.faults.weather import written
from tests.following.looking import look, watched
from tests.follows import a_reader
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mastodon.network import Instance
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import lists, lookups, patience, resting, unrolling
from unroller.core.errors import NoSuchAccount, RateLimited, Unreachable
from unroller.models import Author, Cadence, Job, Lookup, Watch
from unroller.sources import recording

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]

NAMES = ("ana", "ben", "eva")


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns of a moment: a first one, and a whole look."""
    monkeypatch.setattr(recording, "LAST_SECONDS", 0.1)
    monkeypatch.setattr(patience, "FIRST_TURN_SECONDS", 0.3)
    monkeypatch.setattr(patience, "LOOK_SECONDS", 3.0)


def bring(reader: User, *names: str) -> None:
    """A list of handles."""
    lists.bring_in(reader, lists.read("\n".join(f"@{name}" for name in names), Cadence.DAILY))


def rung() -> list[str]:
    """The names that workers have heard of, and nobody has looked up yet."""
    return sorted(Lookup.objects.filter(state="queued", rung_at__isnull=False).values_list("key", flat=True))


def on(server: Instance, name: str) -> str:
    """Somebody new on a server of Mastodon: our id of theirs."""
    return f"{server.host}/{server.know(server.person(name))}"


@pytest.mark.usefixtures("short_turns")
def test_a_name_that_takes_longer_than_a_turn_is_looked_up_by_who_has_time(world: World) -> None:
    world.x.person("maralind")
    world.faults.add("x", "drip", seconds=1, times=FOR_EVER)
    row = lookups.ask(a_reader("bob"), "@maralind")
    lookups.run(str(row.id))
    row.refresh_from_db()
    assert (row.state, row.slow, row.attempts) == (Lookup.State.QUEUED, True, 1)
    Lookup.objects.update(not_before=None)
    lookups.run(str(row.id))
    assert Lookup.objects.get().attempts == 1, "the quick workers leave it alone"
    lookups.run(str(row.id), lookups.SLOW)
    row.refresh_from_db()
    assert (row.state, row.author is not None) == (Lookup.State.DONE, True)


def test_each_list_is_looked_up_name_by_name(world: World) -> None:
    for name in NAMES:
        world.x.person(name)
    bob = a_reader("bob")
    bring(bob, *NAMES)
    bring(a_reader("cleo"), "eva", "ben")
    assert rung() == ["ana", "eva"], "one of each list"
    assert lookups.sweep() == 0
    first = Lookup.objects.get(key="ana")
    lookups.run(str(first.id), lookups.SLOW)
    assert rung() == ["ben", "eva"], "who is done with one rings for the next"
    bobs = Lookup.objects.filter(user=bob, state="queued")
    for _ in NAMES[1:]:
        lookups.run(str(bobs.get(rung_at__isnull=False).id), lookups.SLOW)
    assert not bobs.exists()


def test_a_name_that_fails_for_now_does_not_hold_up_its_list(world: World) -> None:
    world.x.person("ben")
    bring(a_reader("bob"), "ana", "ben")
    world.faults.add("x", "error", times=FOR_EVER)
    lookups.run(str(Lookup.objects.get(key="ana").id), lookups.SLOW)
    assert Lookup.objects.get(key="ana").not_before is not None
    assert rung() == ["ben"]


def test_a_name_that_somebody_looks_at_stands_before_the_rest_of_their_list(world: World) -> None:
    bob = a_reader("bob")
    bring(bob, "ana", "ben")
    world.faults.add("x", "error", times=FOR_EVER)
    row = lookups.ask(bob, "@maralind")
    lookups.run(str(row.id))
    Lookup.objects.filter(id=row.id).update(not_before=None)
    lookups.run(str(Lookup.objects.get(key="ana").id), lookups.SLOW)
    assert rung() == ["maralind"]


def test_a_name_whose_network_takes_long_to_say_wait_is_given_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONG_SECONDS", -1.0)
    world.faults.add("x", "rate-limited", times=FOR_EVER)
    row = lookups.ask(a_reader("bob"), "@maralind")
    for attempt in range(patience.MOST_ATTEMPTS):
        Lookup.objects.update(not_before=None)
        lookups.run(str(row.id), lookups.SLOW if attempt else lookups.QUEUE)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (Lookup.State.FAILED, patience.MOST_ATTEMPTS)


def test_nobody_is_told_to_wait_until_a_moment_that_has_passed(client: Client) -> None:
    row = lookups.ask(a_reader("bob"), "@maralind")
    client.force_login(row.user)
    address = reverse("lookup", args=[row.pk])
    Lookup.objects.update(slow=True, not_before=timezone.now() - timedelta(minutes=1))
    page = client.get(address).content.decode()
    assert "We ask again at" not in page
    assert "This takes longer than usual." in page
    Lookup.objects.update(not_before=timezone.now() + timedelta(minutes=1))
    assert "We ask again at" in client.get(address).content.decode()


def test_a_server_that_hangs_is_left_alone_by_looks_at_others_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = (on(world.mastodon.one, name) for name in ("ana", "ben"))
    eva = on(world.mastodon.two, "eva")
    world.faults.add("mastodon_one", "close", times=FOR_EVER)
    look(watched("mastodon", ana, handle="ana"))
    world.faults.clear()
    assert look(watched("mastodon", ben, handle="ben")).error == "", "it did not take long to fail"
    monkeypatch.setattr(resting, "LONG_SECONDS", -1.0)
    world.faults.add("mastodon_one", "close", times=FOR_EVER)
    look(Author.objects.get(network_id=ana))
    asked = len(world.log.of("mastodon_one"))
    watch = look(Author.objects.get(network_id=ben))
    assert (watch.error, watch.failures, len(world.log.of("mastodon_one"))) == ("Unreachable", 1, asked)
    assert watch.due_at > timezone.now() + resting.REST - timedelta(minutes=1)
    assert look(watched("mastodon", eva, handle="eva")).error == ""


def test_a_server_that_says_no_or_wait_does_not_hang() -> None:
    long, whole = patience.LONG_SECONDS + 1, patience.FIRST_TURN_SECONDS + 1
    assert resting.hangs(Unreachable(), long)
    assert not resting.hangs(Unreachable(), patience.LONG_SECONDS - 1)
    assert not resting.hangs(NoSuchAccount(), whole)
    waits = RateLimited(timezone.now())
    assert [resting.hangs(waits, seconds) for seconds in (long, whole)] == [False, True]


@pytest.mark.usefixtures("short_turns")
def test_a_look_at_a_followed_author_on_a_network_that_drips_ends_soon(world: World) -> None:
    author = watched("x", world.x.person("maralind").id)
    world.faults.add("x", "drip", seconds=9, times=FOR_EVER)
    began = timezone.now()
    look(author)
    assert Watch.objects.get().error == "OutOfTime"
    assert timezone.now() - began < timedelta(seconds=6)


def test_names_on_a_server_that_drips_keep_no_link_and_no_other_name_waiting(sandbox: Sandbox, world: World) -> None:
    """With real workers and the real turns: a list, one name too many for the quick workers, and others after them."""
    home = world.mastodon.one
    for name in (*NAMES, "uma", "vic"):
        home.person(name)
    world.x.person("maralind")
    world.faults.add("mastodon", "drip", seconds=600, times=FOR_EVER)
    bob, cleo = a_reader("bob"), a_reader("cleo")
    quick, looks = Worker(sandbox.env(), queues="fetch"), Worker(sandbox.env(), queues="look")
    try:
        quick.start()
        looks.start()
        bring(bob, *[f"{name}@{home.host}" for name in NAMES])
        until(lambda: len(world.log.of("mastodon_one")) == 1, what="the list begun")
        bring(cleo, "maralind")
        until(lambda: not Lookup.objects.filter(user=cleo, state="queued").exists(), what="the other list done")
        for name in ("uma", "vic"):
            lookups.ask(bob, f"@{name}@{home.host}")
        until(lambda: len(world.log.of("mastodon_one")) >= 3, what="both quick processes held")
        job = unrolling.ask(written(world, "x", 3))
        read = lambda: Job.objects.get(id=job.id).state == Job.State.DONE  # noqa: E731
        until(read, what="the link read", seconds=patience.FIRST_TURN_SECONDS + recording.LAST_SECONDS + 15)
        mine = Lookup.objects.filter(user=bob, state="queued")
        until(lambda: mine.filter(cadence="", slow=True).count() == 2, what="the names left to who has time")
        assert mine.count() == len(NAMES) + 2
    finally:
        quick.kill()
        looks.kill()
