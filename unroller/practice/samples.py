"""The threads of the pretend network: files of our own, as the posts that every source makes."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from unroller.core.assemble import assemble
from unroller.core.posts import Option, Person, Pile, Poll, Post, Quote, Thread
from unroller.core.reading import Length, measure
from unroller.core.text import compose, direction

SOURCE = "practice"
EVERY = timedelta(minutes=7)
NAMES = ("bridge", "olive", "baker")


class Reply(NamedTuple):
    """What somebody else wrote below a post; no part of the thread."""

    person: Person
    text: str


class Sample(NamedTuple):
    """A thread to practice on, and the replies of strangers by the id of the post they stand below."""

    name: str
    label: str
    language: str
    thread: Thread
    replies: Mapping[str, Reply]

    @property
    def posts(self) -> list[Post]:
        return list(self.thread.posts_of_line)

    @property
    def conversation(self) -> list[tuple[Post, Reply | None]]:
        """Each post of the thread with what a stranger answered to it."""
        return [(post, self.replies.get(post.id)) for post in self.posts]

    @property
    def length(self) -> Length:
        return measure(self.thread.posts_of_line)


@cache
def samples() -> dict[str, Sample]:
    """All of them by their names, in the order in which they are offered."""
    return {name: _read(name) for name in NAMES}


def _read(name: str) -> Sample:
    sheet = tomllib.loads(files(__package__).joinpath("threads", f"{name}.toml").read_text("utf-8"))
    author, start = _person(sheet["author"]), sheet["start"]
    posts = [
        _post(f"{name}/{number}", entry, author=author, time=start + number * EVERY, language=sheet["language"])
        for number, entry in _counted(sheet)
    ]
    replies = {
        post.id: Reply(_person(entry["reply"]), entry["reply"]["text"])
        for post, (_, entry) in zip(posts, _counted(sheet), strict=True)
        if "reply" in entry
    }
    thread = assemble(Pile(source=SOURCE, anchor_id=posts[0].id, posts=tuple(posts))).thread
    return Sample(name, sheet["name"], sheet["language"], thread, replies)


def _counted(sheet: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(sheet["posts"], start=1))


def _person(entry: Mapping[str, str]) -> Person:
    return Person(id=entry["handle"], handle=entry["handle"], name=entry["name"], url="")


def _post(path: str, entry: Mapping[str, Any], *, author: Person, time: datetime, language: str) -> Post:
    words, number = compose(entry["text"], [], escaped=False), path.rpartition("/")[2]
    parent = str(int(number) - 1) if number != "1" else ""
    return Post(
        id=number,
        path=path,
        url="",
        author=author,
        created_at=time,
        time=time,
        order=(len(number), number),
        parent_id=parent,
        parent_author_id=author.id if parent else "",
        root_id="1",
        text=words.text,
        html=words.html,
        lang=language,
        direction=direction(words.text),
        poll=_poll(entry) if "poll" in entry else None,
        quote=_quote(entry["quote"]) if "quote" in entry else None,
    )


def _poll(entry: Mapping[str, Any]) -> Poll:
    pairs = zip(entry["poll"], entry["votes"], strict=True)
    return Poll(options=tuple(Option(label=label, votes=votes) for label, votes in pairs))


def _quote(entry: Mapping[str, str]) -> Quote:
    words = compose(entry["text"], [], escaped=False)
    return Quote(author=_person(entry), text=words.text, html=words.html)
