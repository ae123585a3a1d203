"""What an archive's threads become: private, public, completed, left out."""

from pathlib import Path

import pytest
from django.db import transaction

from accounts.leases import LostLease
from accounts.models import User
from tests.archives.bringing import WORDS, a_zip, brought, proves, read
from tests.follows import a_reader
from tests.threads import a_thread
from tests.x_archives import NOON, OWNER, STRANGER, Shape, after, chain, note, post
from unroller import queries
from unroller.actions import moderating, private_links, threads
from unroller.actions.archives import publishing, reading, receiving, storing
from unroller.actions.archives.queue import QUEUE
from unroller.actions.refusals import Refused
from unroller.core.errors import Withdrawn
from unroller.core.posts import Person, to_document
from unroller.core.posts import Thread as Content
from unroller.models import Archive, ArchivedThread, Author, Member, Saved, Thread

pytestmark = pytest.mark.django_db
HEAD = after(0, 0)


def test_without_a_proof_threads_are_their_owners_alone(ana: User, tmp_path: Path) -> None:
    archive = read(ana, a_zip(tmp_path))
    thread = Thread.objects.get()
    assert (archive.state, archive.threads_stored, archive.is_public) == (Archive.State.DONE, 1, False)
    assert archive.account_id == OWNER
    assert (thread.private, thread.path) == (True, f"~{ana.pk}/{HEAD}")
    assert list(queries.own_private_threads(ana)) == [thread]
    assert not queries.own_private_threads(a_reader("bob")).exists()
    assert queries.recent().count() == 0
    assert thread.check_at is None
    assert private_links.sweep() == 0


def test_with_a_proof_they_are_public_and_no_news(ana: User, tmp_path: Path) -> None:
    proves(ana)
    archive = read(ana, a_zip(tmp_path))
    thread = Thread.objects.get()
    assert archive.is_public
    assert (thread.private, thread.path, thread.announce_at) == (False, HEAD, None)
    assert thread.created_at == thread.posted_at
    assert archive.report["threads"] == {"new": 1}


def test_a_false_zip_changes_nothing_of_the_account_it_claims(ana: User, tmp_path: Path) -> None:
    """Neither the name, nor a public thread, nor what the true owner keeps in private."""
    bob = a_reader("bob")
    author = proves(bob)
    read(bob, a_zip(tmp_path))
    public = Thread.objects.get()
    before = (public.document, public.version)
    words = ("Forged first.", "Forged second.", "Forged third.", "Forged fourth.")
    forged = a_zip(tmp_path, chain(words), "forged.zip", shape=Shape(account={"accountDisplayName": "Forged"}))
    archive = read(ana, forged)
    public.refresh_from_db()
    assert (public.document, public.version) == before
    assert archive.report["threads"] == {"here": 1}
    author.refresh_from_db()
    assert author.name == "Ana"


def test_two_who_bring_the_same_zip_have_a_private_thread_each(ana: User, tmp_path: Path) -> None:
    bob = a_reader("bob")
    read(ana, a_zip(tmp_path))
    read(bob, a_zip(tmp_path, chain(("Other words.", "And more.", "And most."))))
    assert Thread.objects.count() == 2
    assert queries.own_private_threads(ana).get().title.startswith("The tide")
    assert queries.own_private_threads(bob).get().title.startswith("Other words")


def test_a_post_of_somebody_else_is_not_taken_over(ana: User, tmp_path: Path) -> None:
    stranger = proves(a_reader("bob"), STRANGER)
    read(stranger.profiles.get().user, a_zip(tmp_path, shape=Shape(account={"accountId": STRANGER})))
    theirs = Thread.objects.get()
    proves(ana)
    lie = chain(("Mine.", "Not mine."), start=-60)  # its second post has the number of the stranger's first
    lie[1]["tweet"] |= {"id": HEAD, "id_str": HEAD}
    archive = read(ana, a_zip(tmp_path, lie, "lie.zip"))
    assert archive.report["threads"] == {"not-yours": 1}
    assert Thread.objects.get() == theirs
    assert Member.objects.get(path=HEAD).thread == theirs


def test_a_thread_that_is_here_is_completed_and_keeps_what_the_network_told(ana: User, tmp_path: Path) -> None:
    proves(ana)
    read(ana, a_zip(tmp_path, chain(WORDS[:2])))
    thread = Thread.objects.get()
    found = threads.content(thread)
    assert found is not None
    richer = to_document(found)
    richer["line"][0]["replies"] = 7
    Thread.objects.update(document=richer)
    archive = read(ana, a_zip(tmp_path, name="later.zip"))
    thread.refresh_from_db()
    assert thread.document is not None
    assert archive.report["threads"] == {"completed": 1}
    assert thread.post_count == 3
    assert thread.document["line"][0]["replies"] == 7


def test_what_was_removed_stays_removed_and_is_reported(ana: User, tmp_path: Path) -> None:
    proves(ana)
    read(ana, a_zip(tmp_path))
    with transaction.atomic():
        threads.remove(Thread.objects.select_for_update().get(), Withdrawn())
    archive = read(ana, a_zip(tmp_path, name="again.zip"))
    assert archive.report["threads"] == {"withdrawn": 1}
    assert Thread.objects.get().removed == "Withdrawn"
    stranger = read(a_reader("bob"), a_zip(tmp_path, name="stranger.zip"))
    assert stranger.threads_stored == 0


@pytest.mark.parametrize("is_proved", [True, False])
def test_what_an_operator_hid_does_not_come_back_inside_of_a_longer_thread(
    ana: User, tmp_path: Path, *, is_proved: bool
) -> None:
    if is_proved:
        proves(ana)
    posts = chain(WORDS)
    me = Person(id=OWNER, handle="harbour_ana", name="Ana", url="https://x.com/harbour_ana")
    second = posts[1]["tweet"]["id_str"]
    part = a_thread(1, author=me, id=second, path=second, root_id=second)
    moderating.hide(part.pk, "threats")
    archive = read(ana, a_zip(tmp_path, posts))
    assert archive.report["threads"] == {"removed": 1}
    assert Thread.objects.get().removed == "Hidden"


def test_an_author_who_opted_out_has_their_archive_refused(ana: User, tmp_path: Path) -> None:
    proves(ana)
    Author.objects.update(opted_out=True)
    archive = read(ana, a_zip(tmp_path))
    assert (archive.state, archive.error) == (Archive.State.FAILED, "OptedOut")
    assert not Thread.objects.exists()


def test_a_reading_that_was_killed_begins_anew_and_gives_the_same(
    ana: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [each for number in range(5) for each in chain(WORDS, start=number * 10_000)]
    archive = brought(ana, a_zip(tmp_path, posts))
    monkeypatch.setattr(reading, "SECONDS_A_TURN", -1.0)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    assert (archive.state, archive.threads_found) == (Archive.State.READING, 0)
    monkeypatch.undo()
    taken, store = [], storing.store

    def dies(row: Archive, found: Content) -> storing.Stored:
        taken.append(found)
        if len(taken) == 3:
            raise SystemExit
        return store(row, found)

    monkeypatch.setattr(storing, "store", dies)
    with pytest.raises(SystemExit):
        reading.run(str(archive.pk))
    assert Thread.objects.count() == 2
    monkeypatch.undo()
    Archive.objects.update(leased_until=None)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    assert archive.state == Archive.State.DONE
    assert (archive.threads_found, archive.threads_stored, archive.report["threads"]) == (5, 5, {"new": 5})
    assert ArchivedThread.objects.count() == Thread.objects.count() == 5


def test_the_report_counts_what_was_left_out(ana: User, tmp_path: Path) -> None:
    long = "A word " * 60
    alone = post(after(900), "Nobody answers me.")
    posts = [*chain([*WORDS, long[:200].strip() + "…"]), alone]
    archive = read(ana, a_zip(tmp_path, posts, notes=[note("Elsewhere", NOON)]))
    assert archive.report["posts"]["posts_read"] == 5
    assert archive.report["posts"]["skipped"]["alone"] == 1


def test_a_profile_that_is_proved_later_publishes_with_one_click(ana: User, tmp_path: Path) -> None:
    archive = read(ana, a_zip(tmp_path))
    private = Thread.objects.get()
    Saved.objects.create(user=ana, thread=private)
    with pytest.raises(Refused, match="Show first"):
        publishing.publish(archive)
    proves(ana)
    publishing.publish(archive)
    reading.run(str(archive.pk))
    archive.refresh_from_db()
    thread = Thread.objects.get()
    assert (archive.state, archive.is_public) == (Archive.State.DONE, True)
    assert (thread.private, thread.path) == (False, HEAD)
    assert Saved.objects.get().thread == thread
    assert ArchivedThread.objects.get().thread == thread
    assert Member.objects.get(path=HEAD).thread == thread
    assert not Member.objects.filter(path__startswith="~").exists()
    assert private.pk != thread.pk


def test_deleting_an_archive_takes_its_private_threads_but_not_what_was_saved(ana: User, tmp_path: Path) -> None:
    posts = [*chain(WORDS), *chain(WORDS, start=10_000)]
    archive = read(ana, a_zip(tmp_path, posts))
    saved = Thread.objects.earliest("id")
    Saved.objects.create(user=ana, thread=saved)
    receiving.delete(archive)
    assert list(queries.own_private_threads(ana)) == [saved]
    assert private_links.sweep() == 1
    assert Thread.objects.get() == saved


def test_a_worker_whose_archive_was_deleted_meanwhile_stops(ana: User, tmp_path: Path) -> None:
    archive = brought(ana, a_zip(tmp_path))
    held = QUEUE.claim(archive.pk)
    assert held is not None
    receiving.delete(archive)
    with pytest.raises(LostLease):
        QUEUE.renew(held)
    reading.run(str(archive.pk))
    assert not Thread.objects.exists()
