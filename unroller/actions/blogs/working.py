"""From a wish to an entry on a blog: the row is the queue, and whoever holds its lease goes on with it.

That a new entry is about to be sent is written down (SENDING) before it is. Whoever finds that, after a worker died or
an answer was lost, looks for the entry on the blog; where the blog cannot tell, its owner is asked. So a thread is
published once. A change of what is published does no harm twice.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.leases import Held, LostLease
from unroller import networks, profiles
from unroller.actions import patience, taking, threads
from unroller.actions.blogs import composing, keys
from unroller.actions.blogs.publishing import QUEUE, REMOVED, State
from unroller.core.errors import Broken, Later, RateLimited
from unroller.core.posts import Thread as Content
from unroller.models import Blog, BlogPost
from unroller.sources.blog import micropub
from unroller.sources.blog.errors import BlogError, ConnectAgain, NoScope, NotPublic, NotSure
from unroller.sources.blog.micropub import Entry

logger = logging.getLogger(__name__)

LOOK_LATER = timedelta(seconds=20)
"""A blog may show a new entry so late to who looks for it."""
SOON = timedelta(seconds=60)
SWEPT_AT_ONCE = 50
NOT_YOURS = "This profile is no longer shown as yours, so its threads are not published."
NO_ANSWER = "Your blog does not answer just now."
WAITS = "Your blog asks us to wait."
BROKEN = Broken().for_reader
LOST = "The answer of your blog got lost. Before anything is sent again, we look whether it is there."
X_LIMIT = "X allows 500 of its posts a day in files and on blogs. This goes on by itself when there is room."
UNSURE = "Your blog did not say whether it took this, and we could not find it there."


class Stops(Exception):
    """There is nothing to publish any more; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def run(post_id: str) -> None:
    """Go on with one thread as far as it goes. Every way it can end is written to its row."""
    held = QUEUE.claim(post_id, spend=_spend)
    if held is None:
        return
    try:
        try:
            _go_on(held)
        except Later as error:
            _put_back(held, error)
        except (Stops, BlogError) as error:
            _note_on_blog(held, error)
            _end(held, error.sentence)
        except LostLease:
            raise
        except Exception:
            logger.exception("blog post %s", post_id)
            _put_back(held, Broken())
    except LostLease:
        logger.info("blog post %s was forgotten, or another worker has it", post_id)


def sweep() -> int:
    """Ring for threads that no bell reached; for how many."""
    return QUEUE.sweep(SWEPT_AT_ONCE)


def _go_on(held: Held[BlogPost]) -> None:
    """Raises Later, BlogError, Stops, LostLease."""
    row, content = held.row, threads.content(held.row.thread)
    if row.state == State.SENDING or (row.sent_at and not row.url):
        if _was_sent(held, content):
            return
        if row.state == State.SENDING:
            raise Stops(UNSURE)
    if content is None:
        raise Stops(REMOVED)
    if not profiles.is_own(row.blog.user, row.thread):
        raise Stops(NOT_YOURS)
    until = taking.take(row.thread, taking.account(row.blog.user))
    if until is not None:
        QUEUE.put_back(held, until, counts=False, sentence=X_LIMIT)
        return

    def keep(uploads: Mapping[str, str]) -> None:
        QUEUE.renew(held, uploads=uploads)
        row.uploads = uploads

    if composing.put_pictures(row.blog, content, row.uploads, keep) and _is_as_it_was(held):
        _send(held, composing.entry(content, row.slug, row.uploads))
    else:
        _put_back_for_now(held)


def _is_as_it_was(held: Held[BlogPost]) -> bool:
    """Whether the thread is still the one that was read: pictures may have taken minutes. Raises Stops, LostLease."""
    row = held.row
    now = BlogPost.objects.select_related("thread__author").filter(pk=row.pk).first()
    if now is None:
        raise LostLease
    if now.thread.removed:
        raise Stops(REMOVED)
    if not profiles.is_own(row.blog.user, now.thread):
        raise Stops(NOT_YOURS)
    return (now.thread_id, now.thread.changed_at) == (row.thread_id, row.thread.changed_at)


def _put_back_for_now(held: Held[BlogPost]) -> None:
    """Whose turn it is next goes on. Raises LostLease."""
    QUEUE.put_back(held, timezone.now(), counts=False)
    QUEUE.ring_after_commit(held.row.pk)


def _send(held: Held[BlogPost], entry: Entry) -> None:
    """Publish or change. That a new entry is being sent, and of which words, is on disk before it is.

    Raises Later, BlogError.
    """
    row = held.row
    if row.url:
        _change(held, entry)
        return
    QUEUE.renew(held, state=State.SENDING, sent_at=timezone.now(), words_of=row.thread.changed_at)
    row.state = State.SENDING
    try:
        url = _asked(row.blog, lambda blog: micropub.create(networks.webhooks(), blog, entry, draft=row.draft))
    except NotSure:
        raise
    except Later:
        QUEUE.renew(held, state=State.READY)  # the blog said so, or was never reached
        row.state = State.READY
        raise
    except BlogError:
        row.state = State.READY
        raise
    _finish(held, url)


def _change(held: Held[BlogPost], entry: Entry) -> None:
    """Bring what stands there to the words of now. A draft that is to be one no longer (`words_of` is empty until then)
    is shown. Raises Later, BlogError."""
    row, words_of = held.row, held.row.thread.changed_at
    show = row.words_of is None and not row.draft
    QUEUE.renew(held, words_of=None if show else words_of)
    moved = _asked(row.blog, lambda blog: micropub.update(networks.webhooks(), blog, row.url, entry, show=show))
    _finish(held, moved, words_of=words_of)


def _was_sent(held: Held[BlogPost], content: Content | None) -> bool:
    """Look for an entry that a try before may have left. Raises Later, BlogError."""
    row = held.row
    nameless = Entry("", "", "", "", (), row.slug)
    entry = composing.entry(content, row.slug, {}) if content else nameless
    url = _asked(row.blog, lambda blog: micropub.find(networks.webhooks(), blog, entry))
    if url:
        _finish(held, url)
    return bool(url)


def _asked(blog: Blog, act: micropub.Act) -> str:
    return keys.opened(blog, lambda token: act(micropub.Blog(blog.micropub_endpoint, token)))


def _finish(held: Held[BlogPost], url: str, **values: object) -> None:
    """Raises LostLease."""
    _close(held, state=State.PUBLISHED, url=url, sentence="", **values)


def _end(held: Held[BlogPost], sentence: str) -> None:
    """Without an entry, or without our knowing. Raises LostLease."""
    _close(held, state=State.UNSURE if held.row.state == State.SENDING else State.FAILED, sentence=sentence[:300])


def _close(held: Held[BlogPost], **values: object) -> None:
    with transaction.atomic():
        row = QUEUE.locked(held)
        values |= {"finished_at": timezone.now(), "leased_until": None}
        values["uploads"] = {digest: url for digest, url in row.uploads.items() if url}  # the others are tried anew
        for name, value in values.items():
            setattr(row, name, value)
        row.save()


def _put_back(held: Held[BlogPost], error: Later) -> None:
    """Raises LostLease."""
    row = held.row
    sentence = BROKEN if isinstance(error, Broken) else WAITS if isinstance(error, RateLimited) else NO_ANSWER
    sentence = LOST if row.state == State.SENDING else sentence
    logger.info("blog post %s: %s", row.pk, error.code)
    then = patience.next_try(row.asked_at, held.attempt, error)
    if then is None:
        _end(held, UNSURE if row.state == State.SENDING else sentence)
        return
    at = max(then.at, timezone.now() + LOOK_LATER) if row.state == State.SENDING else then.at
    QUEUE.put_back(held, at, counts=then.counts, sentence=sentence)
    if at - timezone.now() <= SOON:
        QUEUE.ring_after_commit(row.pk, wait=max(at - timezone.now(), timedelta()))


def _note_on_blog(held: Held[BlogPost], error: Exception) -> None:
    """A key that is good no longer is no good for other threads either: the owner is told with the blog."""
    if isinstance(error, ConnectAgain | NoScope | NotPublic):
        Blog.objects.filter(pk=held.row.blog_id).update(sentence=error.sentence)


def _spend(row: BlogPost) -> None:
    """The end of a row that its workers did not survive."""
    row.state = State.UNSURE if row.state == State.SENDING else State.FAILED
    row.sentence = UNSURE if row.state == State.UNSURE else BROKEN
    row.finished_at, row.leased_until = timezone.now(), None
    row.save()
