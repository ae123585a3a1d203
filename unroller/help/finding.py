"""Which articles answer a question, the best first. Pure: a few thousand words are looked through as they are."""

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cached_property
from math import log2
from typing import NamedTuple

from unroller.core.words import Piece, pieces, plain
from unroller.help.articles import Article
from unroller.help.bodies import Passage

SMALL = (
    "a about am an and any are as at be can could do does for from get has have help how i if in is it its me my "
    "not of on or please should so that the their there this to want was what when where which who why will with "
    "without you your"
)
IDLE = frozenset(SMALL.split())
"""Words of a question that say nothing of what is looked for, unless there are no others."""
MOST_WORDS = 12
ENDINGS = ("ing", "ers", "ies", "ed", "es", "er", "s", "e", "y")
LEAST_STEM = 3
LIKENESS = 0.8
TITLE, KEYWORD, HEADING = 12.0, 8.0, 5.0
"""What a word is worth by where it stands; in the words of an article it is worth about one."""


class Part(NamedTuple):
    """A piece of a sentence; `marked` is what was looked for."""

    text: str
    marked: bool = False


class Hit(NamedTuple):
    """An article, the heading below which it speaks of what was asked, and a sentence from there."""

    article: Article
    anchor: str
    heading: str
    sentence: tuple[Part, ...]


class Found(NamedTuple):
    """`said` are the words as they were understood, where they were mistyped; `whole` tells whether every hit holds
    all of the words."""

    hits: list[Hit]
    said: str = ""
    whole: bool = True


class Entry:
    """An article as the search sees it."""

    def __init__(self, article: Article, passages: Sequence[Passage]) -> None:
        self.article = article
        self.passages = passages

    @cached_property
    def weights(self) -> dict[str, float]:
        """How much the article has to do with each stem."""
        counted = Counter(
            stem for passage in self.passages for sentence in passage.sentences for stem in stems(sentence)
        )
        weights = {stem: 1 + log2(count) / 2 for stem, count in counted.items()}
        headings = " ".join(passage.heading for passage in self.passages)
        for words, worth in ((headings, HEADING), (self.article.keywords, KEYWORD), (self.article.title, TITLE)):
            for stem in set(stems(words)):
                weights[stem] = weights.get(stem, 0) + worth
        for stem in set(stems(self.article.lead)):
            weights[stem] = weights.get(stem, 0) + 1
        return weights


class Shelf:
    """All articles, to be looked through."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries

    @cached_property
    def vocabulary(self) -> list[str]:
        return sorted({stem for entry in self.entries for stem in entry.weights})

    def find(self, question: str) -> Found:
        """The articles that hold all the words; those that hold some where none holds all."""
        asked = [plain(piece.text) for piece in pieces(question)][:MOST_WORDS]
        words = [word for word in asked if word not in IDLE] or asked
        wanted = {stemmed(word): word for word in words}
        nearest = {stem: self._known(stem) for stem in wanted}
        said = " ".join(nearest[stem] or word for stem, word in wanted.items())
        stretched = any(known not in ("", stem) for stem, known in nearest.items())
        scored = [(entry, *self._score(entry, [nearest[stem] or stem for stem in wanted])) for entry in self.entries]
        most = max((held for _, held, _ in scored), default=0)
        if not most:
            return Found([])
        best = sorted((each for each in scored if each[1] == most), key=lambda each: -each[2])
        marked = {nearest[stem] or stem for stem in wanted}
        return Found([_hit(entry, marked) for entry, _, _ in best], said if stretched else "", most == len(wanted))

    def _known(self, stem: str) -> str:
        """A stem of the articles: this one, one that begins with it, or one that is written nearly like it; or none."""
        if any(_is_meant(stem, each) for each in self.vocabulary):
            return stem
        return next(iter(get_close_matches(stem, self.vocabulary, n=1, cutoff=LIKENESS)), "")

    def _score(self, entry: Entry, wanted: list[str]) -> tuple[int, float]:
        """How many of the stems it holds, and what they weigh."""
        weights = [
            max((weight for stem, weight in entry.weights.items() if _is_meant(each, stem)), default=0.0)
            for each in wanted
        ]
        return sum(weight > 0 for weight in weights), sum(weights)


def stems(text: str) -> list[str]:
    """The words of a text without their endings, in order."""
    return [stemmed(plain(piece.text)) for piece in pieces(text)]


def stemmed(word: str) -> str:
    """A word without its ending, roughly: enough to bring tag, tags and tagging together."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > LEAST_STEM and word[-1] == word[-2] else word


def _is_meant(asked: str, stem: str) -> bool:
    return stem == asked or (len(asked) >= LEAST_STEM and stem.startswith(asked))


def _hit(entry: Entry, wanted: set[str]) -> Hit:
    """With the sentence that holds most of what is wanted; the article's lead where none holds any."""

    def held(words: str) -> int:
        there = stems(words)
        return sum(any(_is_meant(each, stem) for stem in there) for each in wanted)

    best, where, sentence = 0, Passage("", "", ()), entry.article.lead
    for passage in entry.passages:
        by_heading = held(passage.heading) * 2
        for each in passage.sentences:
            if (count := held(each)) and count * 2 + by_heading > best:
                best, where, sentence = count * 2 + by_heading, passage, each
    return Hit(entry.article, where.anchor, where.heading, tuple(_marked(sentence, wanted)))


def _marked(sentence: str, wanted: set[str]) -> list[Part]:
    parts: list[Part] = []
    at = 0
    for piece in pieces(sentence):
        if _is_wanted(piece, wanted):
            parts += [Part(sentence[at : piece.start]), Part(sentence[piece.start : piece.end], marked=True)]
            at = piece.end
    return [part for part in (*parts, Part(sentence[at:])) if part.text]


def _is_wanted(piece: Piece, wanted: set[str]) -> bool:
    stem = stemmed(plain(piece.text))
    return any(_is_meant(each, stem) for each in wanted)
