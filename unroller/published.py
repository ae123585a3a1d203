"""Reads of authors' own blogs, and of which threads stand there."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.models import User
from unroller import profiles
from unroller.models import Blog, BlogPost, Profile, Thread

State = BlogPost.State
OPEN = (State.READY, State.SENDING)


class Row(NamedTuple):
    """A thread in the list of its author, and what is on blogs of it."""

    thread: Thread
    posts: list[BlogPost]


def blogs(user: User) -> list[Blog]:
    """Somebody's blogs, in the order of their addresses."""
    return list(Blog.objects.filter(user=user).order_by("address"))


def posts(user: User) -> QuerySet[BlogPost]:
    """What somebody published or wants to, the newest wish first."""
    mine = BlogPost.objects.filter(blog__user=user)
    return (
        mine.select_related("blog__user", "thread__author")
        .defer("blog__sealed", "thread__document")
        .order_by("-asked_at", "id")
    )


def rows(user: User, threads: Iterable[Thread]) -> list[Row]:
    """Threads with what is on somebody's blogs of each."""
    listed = list(threads)
    found: dict[int, list[BlogPost]] = {}
    for post in posts(user).filter(thread__in=listed):
        found.setdefault(post.thread_id, []).append(post)
    return [Row(thread, found.get(thread.pk, [])) for thread in listed]


def own_threads(profile: Profile) -> QuerySet[Thread]:
    """What the author of a profile can publish: every thread of theirs that has words here."""
    return profiles.threads(profile).filter(removed="")


def is_open(post: BlogPost) -> bool:
    """Whether a worker still goes on with it."""
    return post.state in OPEN


def has_changed(post: BlogPost) -> bool:
    """Whether the thread is another than what stands on the blog."""
    is_there = post.state == State.PUBLISHED and not post.thread.removed
    return is_there and post.words_of != post.thread.changed_at


def can_be_drafts(blogs: Iterable[Blog], posts: Iterable[BlogPost]) -> bool:
    """Whether a thread with these rows can still go to one of these blogs as a draft: what everybody reads cannot."""
    shown = {post.blog_id for post in posts if post.url and not post.draft}
    return any(blog.pk not in shown for blog in blogs)
