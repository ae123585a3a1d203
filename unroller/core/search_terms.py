"""What a reader asks of the search, taken apart: words, "phrases", -exclusions, OR, author:, tag:, network:, before:,
after:. Every string of characters means something; what cannot be meant is said in one sentence (`problem`)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import regex

from unroller.core import tags
from unroller.core.words import Piece, pieces

CHUNKS = regex.compile(
    r"""(?P<no>[-−–](?=\S))?
        (?:(?P<field>author|from|tag|network|before|after):(?=\S))?
        (?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]|(?P<bare>\S+))""",
    regex.VERBOSE | regex.IGNORECASE,
)
DATE = regex.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", regex.ASCII)
NETWORKS = ("x", "bluesky", "mastodon")
MOST_PIECES = 60
"""Words and characters of one question: each costs the database a look."""

NO_WORDS = "Type a word to look for."
ONLY_EXCLUDED = (
    "Type at least one word that the threads should hold; with exclusions alone there is nothing to look for."
)
ONLY_SIFTED = "Add a word or an author to look for: a network or a date alone is too much."
BAD_DATE = "{field}: wants a year, a month or a day, like 2026, 2026-03 or 2026-03-14."
BAD_NETWORK = "network: is one of x, bluesky and mastodon."
NO_NETWORK = "A network cannot be excluded: name the one you mean, like network:bluesky."
TOO_MANY = "These are too many words for one question. Please leave some out."


class Element(NamedTuple):
    """One thing to look up at its place in a phrase. `whole`: it is stemmed as a word; `begins`: whatever begins so."""

    text: str
    place: int
    whole: bool
    begins: bool = False


class Term(NamedTuple):
    """A word, or several that stand one after the other; `about` says whether the text or its author is meant."""

    elements: tuple[Element, ...]
    about: Literal["text", "author"] = "text"


class Wanted(NamedTuple):
    """A question. Of each group at least one term must be there, of the excluded ones none.

    `after` is included, `before` is not. `problem` is a sentence for the reader; the rest is meaningless then.
    """

    groups: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[Term, ...] = ()
    tags: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    network: str = ""
    after: datetime | None = None
    before: datetime | None = None
    problem: str = ""

    @property
    def is_sifted_only(self) -> bool:
        """Nothing is looked for: a network or dates alone, which make sense among one's own."""
        return not (self.problem or self.groups or self.tags)


def parse(asked: str) -> Wanted:
    """A reader's question. Unclosed quotes and operators without anything behind them count for nothing."""
    wanted = Wanted()
    joined = False
    for match in CHUNKS.finditer(asked):
        if match["bare"] == "OR" and not match["no"] and not match["field"]:
            joined = bool(wanted.groups)
            continue
        before = len(wanted.groups)
        wanted = _with(wanted, match)
        if joined and len(wanted.groups) > before:
            *rest, first, second = wanted.groups
            wanted = wanted._replace(groups=(*rest, first + second))
        joined = False
    return wanted if wanted.problem else wanted._replace(problem=_problem(wanted, asked))


def term(text: str, *, about: Literal["text", "author"] = "text") -> Term | None:
    """What a piece of a question looks up; None when there is no letter and no digit in it."""
    elements: list[Element] = []
    found = pieces(text)
    for place, piece in enumerate(found):
        if not piece.pair:
            elements.append(Element(piece.text, place, whole=True, begins=about == "author"))
        elif len(piece.pair) > 1:
            elements.append(Element(piece.pair, place, whole=False))
        elif _is_alone(found, place):
            elements.append(Element(piece.pair, place, whole=False, begins=True))
    return Term(tuple(elements), about) if elements else None


def _is_alone(found: Sequence[Piece], place: int) -> bool:
    """Whether a run's last character is its first, too: no pair holds it then."""
    return place == 0 or len(found[place - 1].pair) < 2


def _with(wanted: Wanted, match: "regex.Match[str]") -> Wanted:
    field = (match["field"] or "").lower().replace("from", "author")
    text = match["phrase"] if match["phrase"] is not None else match["bare"]
    is_excluded = bool(match["no"])
    if field in {"before", "after"}:
        return _with_date(wanted, field, text, turned=is_excluded)
    if field == "network":
        return _with_network(wanted, text, is_excluded=is_excluded)
    if field == "tag":
        return _with_tag(wanted, text, is_excluded=is_excluded)
    found = term(text, about="author" if field else "text")
    if found is None:
        return wanted
    if is_excluded:
        return wanted._replace(excluded=(*wanted.excluded, found))
    return wanted._replace(groups=(*wanted.groups, (found,)))


def _with_network(wanted: Wanted, text: str, *, is_excluded: bool) -> Wanted:
    if is_excluded:
        return wanted._replace(problem=NO_NETWORK)
    named = {"twitter": "x"}.get(text.lower(), text.lower())
    return wanted._replace(network=named) if named in NETWORKS else wanted._replace(problem=BAD_NETWORK)


def _with_tag(wanted: Wanted, text: str, *, is_excluded: bool) -> Wanted:
    tag = tags.clean(text)
    if not tag:
        return wanted
    if is_excluded:
        return wanted._replace(without_tags=(*wanted.without_tags, tag))
    return wanted._replace(tags=(*wanted.tags, tag))


def _with_date(wanted: Wanted, field: str, text: str, *, turned: bool) -> Wanted:
    """`turned`: what is not before a day is from that day on, and the other way round."""
    match = DATE.fullmatch(text)
    try:
        year, month, day = (int(part or 1) for part in match.groups()) if match else (0, 0, 0)
        moment = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return wanted._replace(problem=BAD_DATE.format(field=field))
    is_end = (field == "before") != turned
    return wanted._replace(before=moment) if is_end else wanted._replace(after=moment)


def _problem(wanted: Wanted, asked: str) -> str:
    terms = [*wanted.excluded, *(each for group in wanted.groups for each in group)]
    if sum(len(each.elements) for each in terms) > MOST_PIECES:
        return TOO_MANY
    if wanted.groups or wanted.tags:
        return ""
    if wanted.excluded or wanted.without_tags:
        return ONLY_EXCLUDED
    return "" if wanted.network or wanted.after or wanted.before else NO_WORDS
