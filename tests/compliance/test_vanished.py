"""From the news that something is gone to its end here."""

import pytest
from django.db import transaction

from tests.threads import a_pile, a_thread
from unroller.actions import threads
from unroller.actions.compliance import vanished
from unroller.core.assemble import assemble
from unroller.core.posts import Quote
from unroller.models import Job, Thread, Vanished

pytestmark = pytest.mark.django_db


def told(**what: str) -> Vanished:
    with transaction.atomic():
        vanished.note("x", by="look", **what)
    row = Vanished.objects.latest("id")
    vanished.run(str(row.pk))
    row.refresh_from_db()
    return row


def test_a_deleted_post_leaves_its_thread_and_every_card_of_it() -> None:
    own = a_thread(3)
    quoting = a_thread(1, first=50, quote=Quote(id="2", text="This is post 2."))
    assert told(path="2", reason="deleted").outcome == "removed"
    for row in (own, quoting):
        row.refresh_from_db()
        assert row.removed == ""
        assert "This is post 2." not in str(row.document)


def test_a_protected_post_takes_all_of_its_account_away() -> None:
    a_thread(3)
    a_thread(1, first=50)
    told(path="2", reason="protected")
    assert set(Thread.objects.values_list("removed", flat=True)) == {"Protected"}


def test_what_leads_to_a_thread_but_stands_nowhere_in_it_takes_nothing_away() -> None:
    row = a_thread(3)
    row.members.create(source="x", path="999", anchor="")
    assert told(path="999", reason="suspended").outcome == "nothing"
    row.refresh_from_db()
    assert row.removed == ""


def test_an_edited_post_is_fetched_again() -> None:
    row = a_thread(3)
    assert told(path="2", reason="edited").outcome == "refreshed"
    assert Job.objects.get().thread_id == row.id


def test_news_that_come_twice_are_one_row() -> None:
    for _ in range(2):
        vanished.note("x", path="2", reason="deleted", by="look")
    assert Vanished.objects.count() == 1


def test_a_private_thread_loses_what_has_its_place_in_the_public_one_too() -> None:
    public = a_thread(2, first=2)
    with transaction.atomic():
        private = threads.save(assemble(a_pile(3)).thread, None, private=True)
    assert told(path="3", reason="deleted").outcome == "removed"
    for row in (public, private):
        row.refresh_from_db()
        assert row.document is not None
        assert "This is post 3." not in str(row.document)


def test_a_row_that_kills_its_workers_is_given_up_and_noted_anew_by_the_next_look() -> None:
    a_thread(3)
    vanished.note("x", path="2", reason="deleted", by="look")
    Vanished.objects.update(attempts=20)
    vanished.run(str(Vanished.objects.get().pk))
    assert Vanished.objects.get().outcome == "failed"
    vanished.note("x", path="2", reason="deleted", by="look")
    assert Vanished.objects.filter(done_at=None).count() == 1


def test_a_worker_that_lost_its_row_stops_without_taking_anything_away(monkeypatch: pytest.MonkeyPatch) -> None:
    row = a_thread(3)
    vanished.note("x", path="2", reason="deleted", by="look")
    content = threads.content

    def overtaken(thread: Thread) -> object:
        Vanished.objects.update(attempts=9)
        return content(thread)

    monkeypatch.setattr(threads, "content", overtaken)
    vanished.run(str(Vanished.objects.get().pk))
    row.refresh_from_db()
    assert row.post_count == 3
    assert Vanished.objects.get().done_at is None
