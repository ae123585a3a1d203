"""The few words of a text around what a reader looked for, with what was found marked."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from unroller.core.layout import anchors
from unroller.core.posts import Thread
from unroller.core.search_terms import Element, Term, Wanted
from unroller.core.text import one_line
from unroller.core.tsqueries import Forms
from unroller.core.vectors import attached, quoted
from unroller.core.words import pieces, plain, skimmed

LONGEST = 240
"""Characters, what is marked included. X lets nobody show more than one post of 280 to everybody without its frame."""
BEFORE = 60
"""How much of it stands before the first thing found."""
TEXTS, CLOSELY = 40, 12_000
"""Texts of one thread that are looked at closely, and their letters: a common word stands in each of thousands."""
NEEDLE = 3

FormsOf = Callable[[str, str], frozenset[str]]
"""From a language and a word to its forms."""


class Text(NamedTuple):
    """A text that a snippet may be cut from; `anchor` is the fragment of its post."""

    words: str
    anchor: str = ""
    language: str = ""
    direction: str = ""


class Part(NamedTuple):
    """A piece of a snippet."""

    text: str
    marked: bool


class Snippet(NamedTuple):
    """What is shown of a text. `groups` are the numbers of the reader's groups of terms that stand in it."""

    parts: tuple[Part, ...]
    text: Text
    groups: frozenset[int]


def texts(thread: Thread) -> Iterator[Text]:
    """All texts of a thread, its own posts first. What a content warning folds is not shown elsewhere either."""
    where = anchors(thread)
    posts = [(post, where[post.path]) for post in thread.posts]
    for post, anchor in posts:
        yield Text(post.opening, anchor, post.lang, post.direction)
    for post, anchor in posts:
        if not post.warning:
            hanging = (*attached(post), *(quoted(post.quote) if post.quote and not post.quote.warning else ()))
            for words in filter(None, hanging):
                yield Text(words, anchor)


def needles(wanted: Wanted, forms: Forms) -> frozenset[str]:
    """Beginnings of words without which a text holds nothing of what is looked for."""
    elements = [each for group in wanted.groups for term in group if term.about == "text" for each in term.elements]
    words = {form[:NEEDLE] for each in elements if each.whole for form in forms[each.text]}
    return frozenset(words | {each.text for each in elements if not each.whole})


def promising(found: Iterable[Text], wanted_beginnings: frozenset[str], *, most: int) -> tuple[list[Text], int]:
    """The texts that may hold what is looked for, of the first `most` letters, and how many letters that took."""
    hits: list[Text] = []
    looked_at, closely = 0, CLOSELY
    for text in found:
        if looked_at >= most or len(hits) == TEXTS or closely <= 0:
            break
        words = text.words[: most - looked_at]
        looked_at += len(words)
        skim = skimmed(words)
        if any(needle in skim for needle in wanted_beginnings):
            hits.append(text._replace(words=words[:closely]))
            closely -= len(words)
    return hits, looked_at


def words_to_stem(found: Iterable[Text], wanted_beginnings: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The words of texts that may be one of those looked for, each with its language."""
    for text in found:
        for piece in pieces(text.words):
            if not piece.pair and any(needle in plain(piece.text) for needle in wanted_beginnings):
                yield text.language, piece.text


def best(found: Iterable[Text], wanted: Wanted, forms: Forms, *, forms_of: FormsOf) -> Snippet | None:
    """The text that holds most of what is looked for, the first of equals; None when none holds anything."""
    chosen: tuple[Text, list[tuple[int, int]], frozenset[int]] | None = None
    for text in found:
        spans, groups = _found(text, wanted, forms, forms_of=forms_of)
        if groups and (chosen is None or len(groups) > len(chosen[2])):
            chosen = text, spans, groups
            if len(groups) == len(wanted.groups):
                break
    if chosen is None:
        return None
    text, spans, groups = chosen
    return Snippet(_cut(text.words, _united(spans)), text, groups)


def holds(text: Text, terms: Sequence[Term], forms: Forms, *, forms_of: FormsOf) -> bool:
    """Whether one of some terms stands in a text."""
    if not terms:
        return False
    read = _Read(text, forms, forms_of)
    return any(read.spans(term) for term in terms)


def _found(
    text: Text, wanted: Wanted, forms: Forms, *, forms_of: FormsOf
) -> tuple[list[tuple[int, int]], frozenset[int]]:
    read = _Read(text, forms, forms_of)
    spans: list[tuple[int, int]] = []
    groups = set()
    for number, group in enumerate(wanted.groups):
        for term in group:
            if more := read.spans(term):
                spans += more
                groups.add(number)
    return spans, frozenset(groups)


class _Read:
    """A text, piece by piece, beside the words that are looked for."""

    def __init__(self, text: Text, forms: Forms, forms_of: FormsOf) -> None:
        self._pieces = pieces(text.words)
        self._forms = forms
        self._known = [frozenset() if each.pair else forms_of(text.language, each.text) for each in self._pieces]

    def spans(self, term: Term) -> list[tuple[int, int]]:
        """Where a term stands, from and to, in code points."""
        if term.about != "text":
            return []
        last = term.elements[-1]
        width = last.place + (len(last.text) if not last.whole and not last.begins else 1)
        return [
            (self._pieces[start].start, self._pieces[start + width - 1].end)
            for start in range(len(self._pieces) - width + 1)
            if all(self._is(element, start + element.place) for element in term.elements)
        ]

    def _is(self, element: Element, place: int) -> bool:
        piece = self._pieces[place]
        if element.whole:
            return not piece.pair and not self._forms[element.text].isdisjoint(self._known[place])
        return piece.pair.startswith(element.text) if element.begins else piece.pair == element.text


def _united(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _cut(words: str, spans: list[tuple[int, int]]) -> tuple[Part, ...]:
    """A window of a text that begins a little before the first span, at the edge of a word where there is one."""
    start = max(0, min(spans[0][0] - BEFORE, len(words) - LONGEST)) if len(words) > LONGEST else 0
    end = min(len(words), start + LONGEST)
    if start and (edge := regex.compile(r"\s\S").search(words, start, spans[0][0] + 1)):
        start = edge.start() + 1
    if end < len(words) and (edges := [each.start() for each in regex.finditer(r"\s", words[start:end])]):
        end = max(start + edges[-1], min(end, spans[0][1]))
    parts = [Part("…", marked=False)] if start else []
    place = start
    for begin, close in spans:
        if begin >= end:
            break
        parts += [Part(words[place:begin], marked=False), Part(words[begin : min(close, end)], marked=True)]
        place = min(close, end)
    parts += [Part(words[place:end], marked=False), Part("…" if end < len(words) else "", marked=False)]
    return tuple(Part(_on_one_line(part.text), part.marked) for part in parts if part.text)


def _on_one_line(text: str) -> str:
    """Without line breaks, but with the spaces at the ends that part it from its neighbors."""
    middle = one_line(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' if before else ''}{middle}{' ' if after and middle else ''}"
