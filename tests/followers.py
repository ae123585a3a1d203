"""Followers for tests, and what they are told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.threads import MARA, a_thread
from unroller.actions import announcing, threads
from unroller.core.posts import Person
from unroller.models import Author, Cadence, Follow, Notification, Reader, Thread

SUNDAY = datetime(2026, 11, 22, 13, tzinfo=UTC)


def an_author(person: Person = MARA, source: str = "x") -> Author:
    with transaction.atomic():
        return threads.keep_author(source, person)


def a_follower(
    email: str = "bob@example.com",
    cadence: Cadence = Cadence.DAILY,
    *,
    person: Person = MARA,
    source: str = "x",
    **fields: Any,
) -> Follow:
    """Somebody who followed an author yesterday; `fields` are their account's."""
    user = User.objects.filter(email=email).first() or User.objects.create_user(email, **fields)
    row = Follow.objects.create(user=user, author=an_author(person, source), cadence=cadence)
    Reader.objects.get_or_create(user=user)
    Follow.objects.filter(id=row.id).update(created_at=timezone.now() - timedelta(days=1))
    row.refresh_from_db()
    return row


def many_followers(count: int, cadence: Cadence = Cadence.INSTANT, *, author: Author | None = None) -> list[User]:
    """So many people follow one author."""
    author = author or an_author()
    users = User.objects.bulk_create(User(email=f"reader{number}@example.com") for number in range(count))
    Follow.objects.bulk_create(Follow(user=user, author=author, cadence=cadence) for user in users)
    Follow.objects.update(created_at=timezone.now() - timedelta(days=1))
    return users


def a_new_thread(count: int = 3, *, first: int = 1, author: Person = MARA, **changes: Any) -> Thread:
    """A thread that was written just now, in the posts' ids and everything else like any other."""
    row = a_thread(count, first=first, author=author, **changes)
    Thread.objects.filter(id=row.id).update(posted_at=timezone.now() - timedelta(hours=1))
    row.refresh_from_db()
    return row


def announced(thread: Thread) -> int:
    """Tell its followers now; how many were told."""
    return announcing.announce(str(thread.id))


def due() -> dict[str, datetime]:
    """When each reader is told."""
    return dict(Notification.objects.values_list("user__email", "due_at"))


def outcomes() -> dict[str, str]:
    """What became of what each reader was to be told."""
    return dict(Notification.objects.values_list("user__email", "outcome"))
