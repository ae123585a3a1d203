"""What a list of links says, what becomes of it, and of the workers that go on with it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.entitlements import plan_for
from tests.follows import a_reader
from tests.imports import bring, counts, finish_jobs, go_on, link, unknown
from tests.processes import Worker, until
from tests.sandbox.world import World
from tests.threads import a_thread
from unroller import imported
from unroller.actions import import_rows, library_imports, unrolling
from unroller.actions.refusals import Refused
from unroller.core.link_lists import NoList
from unroller.models import ImportedLink, Job, LibraryImport, Saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


LIST = f"url,title,tags,time_added,status,note\n{link(1)},A,sea|Old maps,1677925211,archive,mine\n"


def test_members_get_tags_notes_and_dates(bob: User) -> None:
    carla = a_reader("carla", premium=True)
    a_thread(1)
    bring(carla, LIST)
    saved = Saved.objects.get()
    assert (saved.tags, saved.note) == (["sea", "old maps"], "mine")
    assert saved.saved_at == datetime(2023, 3, 4, 10, 20, 11, tzinfo=UTC)
    assert saved.archived_at is not None


def test_others_keep_them_in_the_report_and_get_them_as_members(bob: User, settings: Settings) -> None:
    a_thread(1)
    origin = bring(bob, LIST)
    saved = Saved.objects.get()
    assert (saved.tags, saved.note) == ([], "")
    assert saved.archived_at is not None
    assert imported.report(origin).held_back == 1
    settings.BILLING_ENABLED = False
    library_imports.try_again(origin)
    go_on()
    saved.refresh_from_db()
    assert (saved.tags, saved.note) == (["sea", "old maps"], "mine")
    assert imported.report(origin).held_back == 0


def test_a_post_that_stands_twice_in_a_list_is_one(bob: User) -> None:
    origin = bring(
        bob, f"url,tags,note,saved_at\n{link(1)},a,one,2023-01-02\n{link(1)}?s=1,b,two,2022-01-02\nhttps://a.b/c,,,"
    )
    row = ImportedLink.objects.get()
    assert (row.tags, row.note) == (["a", "b"], "one\n\ntwo")
    assert row.saved_at == datetime(2022, 1, 2, tzinfo=UTC)
    assert (origin.skipped, origin.skipped_words) == (1, ["https://a.b/c"])


def test_a_list_that_is_too_long_says_which_part_was_taken(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_rows, "MOST_LINKS", 3)
    origin = bring(bob, f"{unknown(3)}\n{link(5_001)}\n{unknown(4, first=7_001)}")
    assert (origin.links.count(), origin.beyond) == (3, 4)
    monkeypatch.setattr(import_rows, "MOST_TRIED", 5)
    lost = bring(bob, "https://a.b/c\n" * 4 + unknown(9, first=8_001))
    assert (lost.links.count(), lost.skipped, lost.beyond) == (1, 4, 8)


def test_what_leads_to_no_post_is_named(bob: User) -> None:
    rows = ["url,note,tags", f"{link(1)},,", f"https://a.b/{'c' * 999},,", ',"only\na note",', ",,sea"]
    origin = bring(bob, "\n".join([*rows, *["https://a.b/c,,"] * 30]))
    origin.refresh_from_db()
    assert origin.skipped == 33
    first, second, third, *others = origin.skipped_words
    assert (len(first), first[:13], first[-1]) == (200, "https://a.b/c", "…")
    assert (second, third) == ("only a note", "sea")
    assert others == ["https://a.b/c"] * 17


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("https://news.example/a", "The one link in this list does not lead to a post on X, Bluesky or Mastodon."),
        ("https://a.b/c https://a.b/d", "None of the 2 links in this list leads to a post on X, Bluesky or Mastodon."),
    ],
)
def test_a_list_without_posts_is_refused(bob: User, text: str, sentence: str) -> None:
    with pytest.raises(NoList) as refused:
        bring(bob, text)
    assert refused.value.sentence == sentence
    assert not LibraryImport.objects.exists()


def test_reports_are_bounded(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library_imports, "MOST_LISTS", 1)
    bring(bob, unknown(1))
    with pytest.raises(Refused, match="Please delete one"):
        bring(bob, unknown(1))


def test_stopping_ends_it_and_nothing_is_saved_later(bob: User) -> None:
    origin = bring(bob, unknown(5))
    library_imports.stop(origin)
    finish_jobs()
    assert go_on() == 0
    assert counts(origin) == (0, 0, 5)
    assert imported.report(origin).failures[0].sentence == "You stopped this import."
    library_imports.try_again(origin)
    go_on()
    go_on()
    assert counts(origin)[0] == 3


def test_a_row_that_was_stopped_meanwhile_is_not_saved(bob: User) -> None:
    thread = a_thread(1, first=5_001)
    origin = bring(bob, unknown(2))
    row = ImportedLink(id=origin.links.last().id, tags=[], note="")  # type: ignore[union-attr]
    library_imports.stop(origin)
    Saved.objects.all().delete()
    with pytest.raises(library_imports.Ended):
        library_imports._save(bob, row, thread, plan=plan_for(bob))
    assert not Saved.objects.exists()


def test_a_list_whose_worker_was_killed_goes_on_by_itself(bob: User) -> None:
    origin = bring(bob, unknown(1))
    finish_jobs()
    LibraryImport.objects.update(look_at=timezone.now() + library_imports.TURN)
    assert library_imports.go_on() == 0
    LibraryImport.objects.update(look_at=timezone.now())
    assert library_imports.go_on() == 1
    assert counts(origin) == (1, 0, 0)


def test_nothing_goes_on_for_somebody_whose_account_is_being_deleted(bob: User) -> None:
    bring(bob, unknown(1))
    User.objects.update(is_active=False)
    assert go_on() == 0


def test_a_turn_asks_as_much_of_the_database_for_ten_links_as_for_a_thousand(
    bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Bringing in ten posts and a thousand of them: only the rows that are stored grow."""
    bring(bob, unknown(3, first=9_001))
    for count in (10, 1_000):
        with django_assert_num_queries(QUERIES):
            bring(bob, unknown(count, first=10_000 + count))


def test_a_real_worker_fetches_what_a_list_names(bob: User, worker: Worker, world: World) -> None:
    posts = world.x.thread(world.x.person("maralind"), ["One of it.", "Two of it."])
    worker.start()
    origin = bring(bob, f"url,note\n{world.x.link(posts[1])},mine\nhttps://x.com/nobody/status/4")

    def done() -> bool:
        go_on()
        return counts(origin) == (1, 0, 1)

    until(done, what="import done")
    assert Saved.objects.get().thread.path == str(posts[0].id)


def test_a_worker_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    bob: User, worker: Worker, world: World
) -> None:
    posts = world.x.thread(world.x.person("maralind"), ["One of it.", "Two of it."])
    world.faults.add("x", "hang", path=r"/search/")
    worker.start()
    origin = bring(bob, world.x.link(posts[0]))
    until(lambda: Job.objects.filter(state=Job.State.RUNNING).exists(), what="job running")
    worker.kill()
    world.faults.clear()
    Job.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    job = Job.objects.get()
    unrolling.run(str(job.id))
    go_on()
    go_on()
    assert counts(origin) == (1, 0, 0)
    assert Saved.objects.count() == 1


QUERIES = 15
"""Among them two for each of the transactions."""
