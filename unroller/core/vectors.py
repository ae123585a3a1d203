"""A thread as what full-text search looks into: its lexemes with their places and weights, as PostgreSQL writes them.

Weights say where a word stands: A in the title, B in the author's name and handle, C in the posts, D in what hangs on
them. Stop words are kept, so that every word can be found whatever its language. PostgreSQL's own bounds: a place is
at most 16,383, a lexeme has at most 256 of them, all of it is less than a megabyte.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from unroller.core.posts import Poll, Post, Quote, Thread
from unroller.core.words import Piece, pieces, plain

Stems = Callable[[str, str], Iterable[str]]
"""From a language and a word to the forms under which the word is found."""

MOST_PLACES = 16_383
MOST_PLACES_OF_ONE = 255
MOST_BYTES = 900_000
APART = 5
"""Places between two texts: no phrase reaches over."""
AUTHOR = "@"
"""Before the lexemes of an author's name and handle, which `author:` looks up. No word begins so."""


class Field(NamedTuple):
    """A text of a thread; `language` is a BCP 47 tag or empty."""

    text: str
    weight: Literal["A", "B", "C", "D"]
    language: str = ""


def fields(thread: Thread, *, title: str) -> list[Field]:
    """All texts of a thread that a reader sees, the weightiest first."""
    author = thread.author
    found = [Field(title, "A", thread.head.lang), Field(author.name, "B"), Field(author.handle, "B")]
    posts = list(thread.posts)
    found += [Field(post.text, "C", post.lang) for post in posts]
    for post in posts:
        found += [Field(text, "D", post.lang) for text in _attached(post)]
    found += [Field(text, "D", thread.context.lang) for text in quoted(thread.context)] if thread.context else []
    return [field for field in found if field.text]


def quoted(quote: Quote) -> Iterator[str]:
    """What stands in the card of a quoted post."""
    yield quote.text
    yield quote.warning
    if quote.author:
        yield f"{quote.author.name} {quote.author.handle}"
    yield from (media.alt for media in quote.media)


def attached(post: Post) -> Iterator[str]:
    """What hangs on a post and is its author's: descriptions of media, a poll's answers, the card of a link."""
    yield from (media.alt for media in post.media)
    yield from _answers(post.poll)
    if post.card:
        yield f"{post.card.title}\n{post.card.description}"


def vector(texts: Iterable[Field], stems: Stems) -> str:
    """The lexemes as a literal of PostgreSQL's type tsvector."""
    places: dict[str, list[str]] = {}
    size = place = 0
    for field in texts:
        for piece in pieces(field.text):
            place += 1
            for lexeme in _lexemes(piece, field, stems):
                known = places.get(lexeme)
                cost = 2 if known is not None else len(lexeme.encode()) + 12
                if size + cost < MOST_BYTES and len(known or ()) < MOST_PLACES_OF_ONE:
                    size += cost
                    places.setdefault(lexeme, []).append(f"{(place - 1) % MOST_PLACES + 1}{field.weight}")
        place += APART
    return " ".join(f"'{lexeme}':{','.join(found)}" for lexeme, found in places.items())


def _lexemes(piece: Piece, field: Field, stems: Stems) -> Iterator[str]:
    found = {piece.pair} if piece.pair else set(stems(field.language, piece.text))
    yield from found
    if field.weight == "B":
        yield AUTHOR + (piece.pair or plain(piece.text))


def _attached(post: Post) -> Iterator[str]:
    yield post.warning
    yield from attached(post)
    if post.quote:
        yield from quoted(post.quote)


def _answers(poll: Poll | None) -> Iterator[str]:
    yield from (option.label for option in (poll.options if poll else ()))
