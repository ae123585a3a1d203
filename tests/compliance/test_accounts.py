"""Accounts that their network took away: what is everybody's goes, what its owner brought for their own eyes stays."""

import pytest
from django.db import transaction

from tests.compliance.test_vanished import told
from tests.follows import a_reader
from tests.threads import a_pile, a_thread
from unroller.actions import threads
from unroller.actions.archives import placing
from unroller.actions.compliance.vanished import OF_ACCOUNTS
from unroller.core.assemble import assemble
from unroller.models import Thread

pytestmark = pytest.mark.django_db


def of_an_archive(count: int = 3, *, first: int = 1) -> Thread:
    """A thread that somebody's zip brought, at its reader's own place."""
    content = placing.for_one(assemble(a_pile(count, first=first)).thread, a_reader().pk)
    with transaction.atomic():
        row = threads.save(content, None, private=True)
        Thread.objects.filter(pk=row.pk).update(look_at=placing.NEVER)
    return row


def with_a_link(count: int = 3, *, first: int = 1) -> Thread:
    """A thread that came for a private link."""
    with transaction.atomic():
        return threads.save(assemble(a_pile(count, first=first)).thread, None, private=True)


@pytest.mark.parametrize(("reason", "error"), sorted((key, value.__name__) for key, value in OF_ACCOUNTS.items()))
@pytest.mark.parametrize("what", [{"path": "2"}, {"author_id": "1"}], ids=["by a post", "by the account"])
def test_everything_of_the_account_goes_for_its_reason(what: dict[str, str], reason: str, error: str) -> None:
    public, other, private = a_thread(3), a_thread(1, first=50), with_a_link(2, first=70)
    assert told(reason=reason, **what).outcome == "removed"
    for row in (public, other, private):
        row.refresh_from_db()
        assert (row.removed, row.document, row.title) == (error, None, "")


@pytest.mark.parametrize("reason", sorted(OF_ACCOUNTS))
def test_a_post_that_stands_in_a_private_thread_alone_tells_of_the_account_too(reason: str) -> None:
    private = with_a_link(3)
    other = a_thread(1, first=50)
    assert told(path="2", reason=reason).outcome == "removed"
    for row in (private, other):
        row.refresh_from_db()
        assert row.document is None


@pytest.mark.parametrize(
    "what", [{"path": "2", "reason": reason} for reason in ("deleted", "withheld", "scrub_geo", *sorted(OF_ACCOUNTS))]
)
def test_an_archive_for_its_owners_eyes_loses_nothing(what: dict[str, str]) -> None:
    archived, public = of_an_archive(3), a_thread(3)
    assert told(**what).outcome == "removed"
    archived.refresh_from_db()
    public.refresh_from_db()
    assert "This is post 2." not in str(public.document)
    assert (archived.removed, archived.post_count) == ("", 3)
    assert "This is post 2." in str(archived.document)


def test_an_account_told_of_by_itself_leaves_the_archive_of_its_owner() -> None:
    archived, public = of_an_archive(3), a_thread(1, first=50)
    assert told(author_id="1", reason="deactivated").outcome == "removed"
    archived.refresh_from_db()
    public.refresh_from_db()
    assert (archived.removed, public.removed) == ("", "NoSuchAccount")
