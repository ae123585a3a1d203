"""A sheet: one sample thread as data. What a sheet may hold is what this module reads.

`body` holds plain posts divided by lines of `---`, `lines` one post a line; `[extra.N]` adds to the N-th
of them what a post of `[[posts]]` may hold; `[[posts]]` come behind. A post hangs below the one before it
in the same thread unless `under` names another (`""`: nothing, it stands alone).
"""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..media import Card, Clip, Picture, Poll

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Note:
    """One post of a sheet."""

    label: str
    text: str
    by: str
    under: str | None
    at: datetime
    photos: tuple[Picture, ...] = ()
    gallery: tuple[Picture, ...] = ()
    clip: Clip | None = None
    poll: Poll | None = None
    card: Card | None = None
    quote: str = ""
    lang: str = "en"
    likes: int = 0
    spoiler: str = ""
    edited: str = ""
    deleted: bool = False
    copied: bool = True
    """Mastodon: whether the other host learns of it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    network: str
    title: str
    show: dict[str, str]
    people: dict[str, dict[str, Any]]
    notes: tuple[Note, ...]
    emojis: tuple[str, ...] = ()
    copied_to_other_host: bool = False
    show_copy: bool = False


@dataclass(slots=True)
class Reading:
    """Where the reading of one sheet stands."""

    raw: dict[str, Any]
    moment: datetime
    before: str | None = None
    notes: list[Note] = field(default_factory=list)

    def add(self, facts: dict[str, Any]) -> None:
        self.moment += timedelta(seconds=facts.get("wait", self.raw.get("every", 60) if self.notes else 0))
        label = facts.get("label", str(len(self.notes) + 1))
        self.notes.append(read_note(label, facts, self.raw, self.before, at=self.moment))
        if not facts.get("aside"):
            self.before = label


def read_sheet(path: Path) -> Sheet:
    """Raises KeyError or ValueError for a sheet that is not in order."""
    raw = tomllib.loads(path.read_text("utf-8"))
    reading = Reading(raw, start_of(raw))
    extras = raw.get("extra", {})
    for number, text in enumerate(bodies(raw), start=1):
        reading.add({"text": text, **extras.get(str(number), {})})
    for facts in raw.get("posts", []):
        reading.add(facts)
    return Sheet(
        raw["network"],
        raw["title"],
        raw["show"],
        raw["people"],
        tuple(reading.notes),
        tuple(raw.get("emojis", ())),
        raw.get("copied_to_other_host", False),
        raw.get("show_copy", False),
    )


def start_of(raw: dict[str, Any]) -> datetime:
    """A fixed moment, so that ids stay the same; or so many days before today, for what must be recent."""
    if "days_ago" in raw:
        today = datetime.now(UTC).replace(hour=6, minute=40, second=0, microsecond=0)
        return today - timedelta(days=raw["days_ago"])
    start: datetime = raw["start"]
    return start.astimezone(UTC)


def bodies(raw: dict[str, Any]) -> list[str]:
    texts = [*raw.get("lines", "").splitlines(), *raw.get("body", "").split("\n---\n")]
    return [text.strip() for text in texts if text.strip()]


def read_note(label: str, facts: dict[str, Any], raw: dict[str, Any], before: str | None, *, at: datetime) -> Note:
    main_author = next(iter(raw["people"]))
    return Note(
        label,
        facts["text"].strip(),
        facts.get("by", main_author),
        facts.get("under", before) or None,
        at,
        tuple(read_picture(each) for each in facts.get("photos", ())),
        tuple(read_picture(each) for each in facts.get("gallery", ())),
        read_clip(facts),
        read_poll(facts.get("poll")),
        read_card(facts.get("card")),
        facts.get("quote", ""),
        facts.get("lang", raw.get("lang", "en")),
        facts.get("likes", 0),
        facts.get("spoiler", ""),
        facts.get("edited", ""),
        facts.get("deleted", False),
        facts.get("copied", True),
    )


def read_picture(facts: dict[str, str]) -> Picture:
    width, height = (int(side) for side in facts.get("size", "1200x800").split("x"))
    return Picture(facts["scene"], width, height, facts.get("alt", ""), facts.get("seed", "1"))


def read_clip(facts: dict[str, Any]) -> Clip | None:
    for name in ("video", "gif"):
        if found := facts.get(name):
            poster = Picture(found.get("scene", "coast"), 640, 360, found.get("alt", ""), found.get("seed", "1"))
            return Clip(poster, looped=name == "gif")
    return None


def read_poll(facts: dict[str, Any] | None) -> Poll | None:
    if facts is None:
        return None
    options = tuple((label, votes) for label, votes in facts["options"])
    return Poll(options, facts.get("minutes", 1440), facts.get("multiple", False))


def read_card(facts: dict[str, Any] | None) -> Card | None:
    if facts is None:
        return None
    picture = read_picture(facts) if "scene" in facts else None
    return Card(facts["url"], facts["title"], facts.get("description", ""), picture)
