"""One thread of an archive becomes a row: for its owner alone, or for everybody. Each in the caller's transaction."""

from typing import Literal, NamedTuple

from django.utils import timezone

from unroller import queries
from unroller.actions import refusing, threads
from unroller.actions.archives import placing
from unroller.core.errors import Allowed, Banned, Hidden, OptedOut, Readmitted, Removed, Withdrawn
from unroller.core.posts import Thread as Content
from unroller.models import Archive, ArchivedThread, Author, Member, Thread

SOURCE = "x"
Outcome = Literal["new", "completed", "here", "removed", "withdrawn", "not-yours"]
"""What became of a thread: it is new here, it was here and grew, it was here as it is; or it was left out."""


class Stored(NamedTuple):
    """What became of a thread, and its row where it has one."""

    outcome: Outcome
    thread: Thread | None = None


def store(archive: Archive, found: Content) -> Stored:
    """Keep a thread of an archive, whose row is locked. Raises OptedOut.

    `archive.is_public`: its account is proved to be its reader's. Otherwise a thread that everybody reads already is
    only noted, untouched by what the zip says of it.
    """
    author = _author(archive)
    content = placing.by(found, author)
    stored = publish(archive, content) if archive.is_public else _for_owner(archive, content)
    if stored.thread is not None:
        owns(archive, stored.thread)
    return stored


def publish(archive: Archive, content: Content) -> Stored:
    """Everybody may read a thread, completed by what is here of it. Raises OptedOut, Banned."""
    queries.lock(f"{SOURCE}/{content.head.path}")
    if away := _kept_away(content):
        return Stored(away)
    if placing.is_of_another(content, archive.account_id):
        return Stored("not-yours")
    before = placing.everybodys(content, archive.account_id)
    if before is not None and _stays_away(before):
        return Stored(_why(before))
    was_public = before is not None and not before.private
    old = threads.content(before) if before is not None and was_public else None
    version = before.version if before is not None else 0
    thread = threads.save(placing.completed(old, content) if old else content, before)
    if was_public:
        return Stored("completed" if thread.version > version else "here", thread)
    _is_no_news(thread, content)
    return Stored("new", thread)


def owns(archive: Archive, thread: Thread) -> None:
    """The archive's reader may read a thread."""
    ArchivedThread.objects.update_or_create(user=archive.user, thread=thread, defaults={"archive": archive})


def require_consent(account_id: str) -> None:
    """Raises OptedOut for an account whose posts must not be here, whoever brings them."""
    if queries.has_opted_out(SOURCE, account_id):
        raise OptedOut


def _for_owner(archive: Archive, content: Content) -> Stored:
    if away := _kept_away(content):
        return Stored(away)
    public = placing.everybodys(content, archive.account_id)
    if public is not None and _stays_away(public):
        return Stored(_why(public))
    if public is not None and not public.private and not public.removed:
        return Stored("here", public)
    own = placing.for_one(content, archive.user_id)
    before = Thread.objects.select_for_update().filter(source=SOURCE, path=own.head.path).first()
    if before is not None and _stays_away(before):
        return Stored(_why(before))
    version = before.version if before is not None else 0
    thread = threads.save(own, before, private=True)
    Thread.objects.filter(pk=thread.pk).update(check_at=None, look_at=placing.NEVER)
    if before is None:
        return Stored("new", thread)
    return Stored("completed" if thread.version > version else "here", thread)


def _author(archive: Archive) -> Author | None:
    """Raises OptedOut, Banned."""
    author = Author.objects.filter(source=SOURCE, network_id=archive.account_id).first()
    if author is not None and author.opted_out:
        raise OptedOut
    if author is not None and author.banned:
        raise Banned
    return author


def _kept_away(content: Content) -> Outcome | None:
    """What is said of a thread that has a post of one that was taken away; None for nearly all."""
    try:
        refusing.need_leave(content)
    except Withdrawn:
        return "withdrawn"
    except (Removed, Hidden):
        return "removed"
    return None


def _stays_away(thread: Thread) -> bool:
    """Whether a thread was removed for good: not by an author who opted in again."""
    return thread.removed not in {"", Allowed.__name__, Readmitted.__name__}


def _why(thread: Thread) -> Outcome:
    return "withdrawn" if thread.removed == "Withdrawn" else "removed"


def _is_no_news(thread: Thread, content: Content) -> None:
    """What was written long ago stands in lists where its time is; no follower is told of a thousand old threads, and
    the network is not asked about each."""
    if timezone.now() - max(post.time for post in content.posts) < threads.FRESH:
        return
    Thread.objects.filter(pk=thread.pk).update(
        created_at=content.head.created_at, announced_at=timezone.now(), announce_at=None, check_at=None
    )


def clear_places(user_id: int, thread: Thread) -> None:
    """The owner's own places of a thread that everybody reads now lead nowhere else any more."""
    Member.objects.filter(thread=thread, path__startswith=placing.prefix(user_id)).delete()
