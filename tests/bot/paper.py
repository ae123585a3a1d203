"""A network on paper: what it shows the bot and what the bot posts there are lists, and it fails on request."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone

from unroller.actions.bot import reading, working
from unroller.core.posts import Person
from unroller.models import Mention
from unroller.sources import mentioning
from unroller.sources.mentioning import Mentions, Sent
from unroller.sources.recording import Recorder

BOT = Person(id="999", handle="unroller", name="Unroller", url="https://x.com/unroller")
ANA = Person(id="7", handle="ana", name="Ana", url="https://x.com/ana")


class Paper:
    """`Mentionable` for tests of what the bot decides and in which order it does things."""

    key: ClassVar[str] = "x"
    label: ClassVar[str] = "X"
    most_characters: ClassVar[int] = 280

    def __init__(self) -> None:
        self.shows: list[mentioning.Mention] = []
        self.posted: list[tuple[str, str]] = []
        """Of each answer the mention's key, and words with link."""
        self.looks = 0
        self.before: Exception | None = None
        """Raised by the next try to post, which then was not posted."""
        self.after: Exception | None = None
        """Raised by the next try to post, once it was."""
        self.fails: Exception | None = None
        """Raised by every look for mentions."""

    def who(self, web: Recorder) -> Person:
        return BOT

    def mentions(self, own: Person, web: Recorder, *, cursor: str) -> Mentions:
        self.looks += 1
        if self.fails:
            raise self.fails
        new = tuple(self.shows[int(cursor or 0) :])
        return Mentions(mentions=new, cursor=str(len(self.shows)), read=len(new), micros=1_000 * len(new))

    def answer(self, mention: mentioning.Mention, words: str, link: str, web: Recorder) -> Sent:
        before, self.before = self.before, None
        if before:
            raise before
        self.posted.append((mention.key, f"{words} {link}"))
        after, self.after = self.after, None
        if after:
            raise after
        return Sent(key=f"answer to {mention.key}", micros=10_000)

    def own_answer(self, own: Person, mention: mentioning.Mention, web: Recorder) -> Sent | None:
        is_there = any(key == mention.key for key, _ in self.posted)
        return Sent(key=f"answer to {mention.key}", micros=10_000) if is_there else None


def a_mention(key: str = "100", text: str = "@unroller unroll", **changes: Any) -> mentioning.Mention:
    """Ana mentions the bot below post 2 of Mara's thread (tests.threads), unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "key": key,
        "asker": ANA,
        "text": text,
        "written_at": timezone.now(),
        "is_explicit": True,
        "parent_key": "2",
        "parent_author_id": "1",
    }
    return mentioning.Mention(**(values | changes))


def heard(found: mentioning.Mention, *, since: datetime | None = None) -> Mention:
    """The bot reads a mention and goes on with it once; the row as it is then."""
    reading.keep("x", [found], everything=True)
    row = Mention.objects.get(source="x", key=found.key)
    if since:
        Mention.objects.filter(id=row.id).update(created_at=since)
    return worked(row)


def worked(row: Mention) -> Mention:
    """The bot goes on with a mention, as if its time had come."""
    Mention.objects.filter(id=row.id).update(not_before=None)
    working.run(str(row.id))
    row.refresh_from_db()
    return row
