"""A reader's highlights as Markdown with YAML front matter: passages as block quotes, notes below them.

The passages come from networks and the notes from readers, so everything that Markdown would read as its own is
escaped.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from unroller.core.text import one_line
from unroller.exports.json import moment
from unroller.exports.markup import escape, indented, line, link

FILE_LIMIT = "X allows 500 of its posts in files a day, so this file quotes the 500 posts of X that you marked last."
LEFT_OUT = "These words are left out: X allows 500 of its posts in files a day."


class Passage(NamedTuple):
    """One highlight. `words` is empty where the author removed them, and where they are `beyond` what a network allows
    in one file; `number` where the post has no place."""

    words: str
    note: str
    color: str
    address: str
    number: str
    marked_at: datetime
    beyond: bool = False


class Marked(NamedTuple):
    """A thread and what was marked in it. `title` is empty where the thread was removed."""

    title: str
    author: str
    handle: str
    network: str
    address: str
    passages: Sequence[Passage]


def export(threads: Sequence[Marked], *, made_at: datetime) -> str:
    """All of them, ending with a newline."""
    parts = [_front(threads, made_at), "# Highlights"]
    if any(passage.beyond for thread in threads for passage in thread.passages):
        parts.append(f"*{FILE_LIMIT}*")
    for thread in threads:
        parts += [_heading(thread), *map(_passage, thread.passages)]
    return "\n\n".join(parts) + "\n"


def _front(threads: Iterable[Marked], made_at: datetime) -> str:
    threads = list(threads)
    values = {
        "title": "Highlights",
        "date": moment(made_at),
        "threads": len(threads),
        "highlights": sum(len(thread.passages) for thread in threads),
    }
    # A JSON scalar is a YAML scalar.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _heading(thread: Marked) -> str:
    title = line(thread.title or f"A thread by {one_line(thread.author)}")
    who = f"{line(thread.author)} @{line(thread.handle)} on {line(thread.network)}"
    return f"## {link(title, thread.address)}\n\n{who}"


def _passage(passage: Passage) -> str:
    why = LEFT_OUT if passage.beyond else "These words are no longer in the thread."
    words = indented(_paragraphs(passage.words)) if passage.words else f"*{why}*"
    place = link(f"Post {passage.number}" if passage.number else "The thread", passage.address)
    facts = f"{place}, {passage.color}, {passage.marked_at:%Y-%m-%d}"
    return "\n\n".join(filter(None, [words, _paragraphs(passage.note), facts]))


def _paragraphs(words: str) -> str:
    """Text whose lines stay lines."""
    rows = [escape(row.strip()) for row in words.strip().split("\n")]
    return "\n".join(f"{row}\\" if row and after else row for row, after in zip(rows, [*rows[1:], ""], strict=True))
