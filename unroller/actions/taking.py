"""Who may take a thread as a file, and how many posts of X a person takes in a day."""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts import limits
from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import profiles, store
from unroller.core import portions
from unroller.core.posts import Thread as Content
from unroller.core.posts import from_document
from unroller.models import Thread

DAY_SECONDS = 24 * 3600


def may_take_files(user: User | AnonymousUser, thread: Thread) -> bool:
    """Whether PDF and EPUB of a thread are in somebody's plan; one's own threads always are."""
    return plan_for(user).allows(Feature.FILES) or profiles.is_own(user, thread)


def allowed(content: Content) -> Content:
    """What of a thread may stand in one file: all of it, but of X a day's posts at most.

    That holds for whoever takes it, its author too: X's policy counts files and makes no exception.
    """
    if content.source != "x":
        return content
    return portions.portion(content, limits.everybodys(limits.X_POSTS_INTO_FILES))


def account(user: User) -> str:
    """Under which name limits count somebody who is signed in."""
    return f"person {user.pk}"


def take(thread: Thread, who: str) -> datetime | None:
    """Count a thread's posts as taken by `who`; None when they may have them, or else from when on.

    Only posts of X count, and as many as stand in the file (`allowed`). The same words count once in a day, in whatever
    form: they are the same posts, and somebody whose download broke needs them again.
    """
    if not _counts(thread) or _took(thread, who):
        return None
    if not limits.spend(limits.X_POSTS_INTO_FILES, who, cost=_cost(thread)):
        return waits_until(thread, who) or timezone.now()
    _note(_key(thread, who))
    return None


def take_posts(posts: Iterable[tuple[int, str]], who: str, *, count: bool = True) -> datetime | None:
    """The same for single posts of X, each by its thread and its id; a file of the same posts counts once in a day.
    Counts nothing without `count`."""
    wanted, limit = sorted(posts), limits.X_POSTS_INTO_FILES
    key = f"x-files:{who}:{hashlib.sha256(repr(wanted).encode()).hexdigest()}"
    if not wanted or _is_noted(key):
        return None
    if not count:
        return limits.wait_until(limit, who, cost=len(wanted))
    if not limits.spend(limit, who, cost=len(wanted)):
        return limits.wait_until(limit, who, cost=len(wanted)) or timezone.now()
    _note(key)
    return None


def waits_until(thread: Thread, who: str) -> datetime | None:
    """From when on `who` may take a thread; None for now. Counts nothing."""
    if not _counts(thread) or _took(thread, who):
        return None
    return limits.wait_until(limits.X_POSTS_INTO_FILES, who, cost=_cost(thread))


def surely_waits_until(thread: Thread, who: str) -> datetime | None:
    """The same by a thread's main line alone, without a look at its words; None when it may have to wait, or not."""
    if thread.source != "x" or thread.removed or _took(thread, who):
        return None
    cost = min(thread.post_count, limits.everybodys(limits.X_POSTS_INTO_FILES))
    return limits.wait_until(limits.X_POSTS_INTO_FILES, who, cost=cost)


def _counts(thread: Thread) -> bool:
    return thread.source == "x" and thread.document is not None


def _cost(thread: Thread) -> int:
    """The posts that its file holds."""
    return portions.count(allowed(from_document(thread.document or {})))


def _took(thread: Thread, who: str) -> bool:
    return _is_noted(_key(thread, who))


def _note(key: str) -> None:
    with suppress(store.Unavailable):
        store.client().set(key, 1, ex=DAY_SECONDS)


def _is_noted(key: str) -> bool:
    try:
        return store.get(key) is not None
    except store.Unavailable:
        return False


def _key(thread: Thread, who: str) -> str:
    """By when the words changed: the version also grows with what stands around them on the page."""
    return f"x-files:{who}:{thread.pk}:{thread.changed_at.timestamp():.0f}"
