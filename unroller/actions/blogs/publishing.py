"""What authors want on their blogs: a thread published, changed, or looked for when nobody knows what became of it."""

import secrets
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import limits
from accounts.leases import Queue
from unroller.actions.refusals import Refused
from unroller.core.text import is_web
from unroller.models import Blog, BlogPost, Thread

State = BlogPost.State
OPEN = Q(state__in=[State.READY, State.SENDING], blog__user__is_active=True)
"""Of those who are banned it rests until they are not any more."""
QUEUE = Queue(BlogPost, is_open=OPEN, task="unroller.publish", lease=timedelta(minutes=3), most_attempts=8)
"""The lease is longer than renewing a key and sending one picture or the entry may take."""
MOST_ADDRESS = 2_048
TOO_MANY = "That is a lot for one hour. Please try again a little later."
CONNECT_FIRST = "This blog has to be connected again first."
REMOVED = "The thread was removed here before it was published."
UNDER_WAY = "It is being sent at this moment. Please try again in a minute."
SAY_FIRST = "Please say first whether it is on your blog."
NO_ADDRESS = "Please paste the address of the post on your blog. It begins with https://."


class CannotPublish(Refused):
    """A thread does not go to a blog."""


def publish(blog: Blog, thread: Thread, *, draft: bool) -> BlogPost:
    """Have a thread published, once: the row there is when it was before, with a change where it is published already.

    Raises CannotPublish.
    """
    _may(blog)
    values = {"draft": draft, "slug": _slug(thread), "asked_at": timezone.now()}
    with transaction.atomic():
        row, is_new = BlogPost.objects.get_or_create(blog=blog, thread=thread, defaults=values)
        if is_new:
            QUEUE.ring_after_commit(row.pk)
    if not is_new:
        BlogPost.objects.filter(pk=row.pk, state=State.FAILED, url="").update(draft=draft)
        if not draft:
            _show(row)
        _ask_again(row)
    return row


def again(row: BlogPost) -> None:
    """Publish once more what failed, or bring what is published to the words of now. Raises CannotPublish."""
    _may(row.blog)
    _ask_again(row)


def look_again(row: BlogPost) -> None:
    """Have the blog asked once more whether an entry is there. Raises CannotPublish."""
    _may(row.blog)
    _ask(row, State.UNSURE, state=State.SENDING)


def is_there(row: BlogPost, address: str) -> None:
    """Its owner saw it there. Raises CannotPublish for what is no address."""
    address = address.strip()
    if not is_web(address) or len(address) > MOST_ADDRESS:
        raise CannotPublish(NO_ADDRESS)
    unsure = BlogPost.objects.filter(pk=row.pk, state=State.UNSURE)
    unsure.update(state=State.PUBLISHED, url=address, sentence="", finished_at=timezone.now())


def is_not_there(row: BlogPost) -> None:
    """Its owner looked, and it is not: publish it. Raises CannotPublish."""
    _may(row.blog)
    _ask(row, State.UNSURE, state=State.READY, sent_at=None)


def forget_post(row: BlogPost) -> None:
    """Know nothing of it any more; on the blog it stays. Raises CannotPublish while it is being sent, and while nobody
    knows whether it is there: it would be sent a second time."""
    known = BlogPost.objects.filter(pk=row.pk).exclude(state__in=[State.SENDING, State.UNSURE])
    if not known.delete()[0]:
        is_unsure = BlogPost.objects.filter(pk=row.pk, state=State.UNSURE).exists()
        raise CannotPublish(SAY_FIRST if is_unsure else UNDER_WAY)


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: what stands on blogs of one of them is changed to the whole. Of each
    blog one row stays, and the wish of another one that waited goes over to it."""
    of_blogs: dict[int, list[BlogPost]] = {}
    for row in BlogPost.objects.select_for_update().filter(thread__in=[thread, *parts]).order_by("created_at", "pk"):
        of_blogs.setdefault(row.blog_id, []).append(row)
    for rows in of_blogs.values():
        kept, *others = sorted(rows, key=lambda row: (_standing(row), row.thread_id != thread.pk))
        BlogPost.objects.filter(pk__in=[row.pk for row in others]).delete()
        BlogPost.objects.filter(pk=kept.pk).update(thread=thread)
        if kept.url and any(row.state == State.READY for row in others):
            _ask_again(kept)


def _standing(row: BlogPost) -> int:
    """How surely an entry stands on the blog; the least is the surest."""
    if row.url:
        return 0
    if row.state in (State.SENDING, State.UNSURE):
        return 1
    return 2 if row.state == State.READY else 3


def forget(thread: Thread) -> None:
    """A thread was taken away here. What stands on its author's own blog is theirs and stays; nothing more goes there.

    What is being sent at this moment ends with the worker that sends it.
    """
    rows = BlogPost.objects.filter(thread=thread)
    rows.update(uploads={})
    gone = {"state": State.FAILED, "sentence": REMOVED, "finished_at": timezone.now(), "leased_until": None}
    rows.filter(state=State.READY).update(**gone)


def _may(blog: Blog) -> None:
    """Raises CannotPublish."""
    if blog.sentence:
        raise CannotPublish(CONNECT_FIRST)
    if not limits.spend(limits.PUBLISHED, str(blog.user_id)):
        raise CannotPublish(TOO_MANY)


def _ask_again(row: BlogPost) -> None:
    _ask(row, State.PUBLISHED, State.FAILED, state=State.READY)


def _show(row: BlogPost) -> None:
    """A draft that stands there is to be read by everybody, from its next change on: no words are published yet."""
    there = BlogPost.objects.filter(pk=row.pk, state__in=[State.PUBLISHED, State.FAILED], draft=True).exclude(url="")
    there.update(draft=False, words_of=None)


def _ask(row: BlogPost, *before: str, **values: object) -> None:
    """Into the queue anew, from one of the states that it may be in."""
    fresh = {"attempts": 0, "leased_until": None, "not_before": None, "rung_at": None, "finished_at": None}
    asked = fresh | {"asked_at": timezone.now(), "sentence": ""}
    if BlogPost.objects.filter(pk=row.pk, state__in=before).update(**asked, **values):
        QUEUE.ring_after_commit(row.pk)


def _slug(thread: Thread) -> str:
    """Found again among all entries of a blog, and without a word of the thread."""
    return f"thread-{thread.posted_at:%Y-%m-%d}-{secrets.token_hex(6)}"
