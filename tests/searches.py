"""Searches for tests: threads that can be found, and what is found."""

from collections.abc import Iterable
from typing import Any

from accounts.models import User
from tests.threads import MARA, a_thread
from unroller import searching
from unroller.actions import indexing
from unroller.core.posts import Person
from unroller.core.search_terms import parse
from unroller.core.snippets import Part
from unroller.core.text import direction
from unroller.models import Thread
from unroller.searching import Page


def wrote(number: int, text: str, *, author: Person = MARA, lang: str = "en", **changes: Any) -> Thread:
    """A thread of two posts that begins with a text, and can be found."""
    thread = a_thread(
        2,
        first=number,
        author=author,
        text=text,
        html=f"<p>{text}</p>",
        lang=lang,
        direction=direction(text),
        **changes,
    )
    indexing.index_due()
    return thread


def somebody(name: str, handle: str) -> Person:
    """An author on X."""
    return Person(id=f"id-of-{handle}", handle=handle, name=name, url=f"https://x.com/{handle}")


def found(asked: str) -> list[str]:
    """The paths of public threads, the best first."""
    return paths(searching.public(parse(asked), 1))


def found_by(user: User, asked: str) -> list[str]:
    """The paths of threads in somebody's library, the best first."""
    return paths(searching.library(user, parse(asked), 1))


def paths(page: Page) -> list[str]:
    return [result.thread.path for result in page.results]


def marked(parts: Iterable[Part]) -> str:
    """A snippet with [marks]."""
    return "".join(f"[{part.text}]" if part.marked else part.text for part in parts)
