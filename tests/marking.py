"""Highlights for tests: a thread whose second post says something, passages of it, and where they went."""

from http import HTTPStatus
from typing import Any

from django.test import Client

from accounts.models import User
from billing.models import Grant
from tests.threads import a_pile, a_post, stored
from unroller.actions import highlights
from unroller.core.assemble import assemble
from unroller.core.posts import Pile
from unroller.core.posts import Thread as Content
from unroller.models import Color, Highlight, Thread

BREAD = "<p>Bread is patience.<br>Bread is flour, water and patience.</p><p>👩‍🍳 says so.</p>"


def said(html: str, **changes: Any) -> Thread:
    """The thread as it is stored once its second post says something; `changes` go into that post."""
    return stored(_pile(html, **changes))


def content(html: str) -> Content:
    """The same without storing it."""
    return assemble(_pile(html)).thread


def mark(user: User, thread: Thread, quote: str, start: int, **changes: Any) -> Highlight:
    """A passage of the second post."""
    values: dict[str, Any] = {"post_id": "2", "length": len(quote), "color": Color.YELLOW} | changes
    return highlights.add(user, thread, start=start, quote=quote, **values)


def mark_post(user: User, thread: Thread, *, post: int = 2, **changes: Any) -> Highlight:
    """“post” in a post of `a_thread`."""
    values: dict[str, Any] = {"start": 8, "length": 4, "quote": "post", "color": Color.YELLOW} | changes
    return highlights.add(user, thread, post_id=str(post), **values)


def shown(client: Client, query: str = "") -> str:
    """The page of highlights."""
    answer = client.get(f"/highlights{query}")
    assert answer.status_code == HTTPStatus.OK
    return answer.content.decode()


def where(row: Highlight) -> tuple[str, int, int, str] | None:
    """Post, start, length and words; None when it is lost."""
    row.refresh_from_db()
    if row.lost_at:
        assert row.quote == ""
        return None
    return row.post_id, row.start, row.length, row.quote


def no_longer_member(user: User) -> None:
    """Premium is over."""
    Grant.objects.filter(user=user).delete()


def _pile(html: str, **changes: Any) -> Pile:
    head, _, last = a_pile(3).posts
    second = a_post(2, html=html, text="…", **({"aliases": ()} | changes))
    return Pile(source="x", anchor_id="1", posts=(head, second, last))
