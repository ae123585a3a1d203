"""The networks there are, and whose link a text holds. Adding a network is one line here (docs/adding-a-source.md)."""

from collections.abc import Iterable

import regex

from unroller.core.errors import NotAPost
from unroller.sources.base import PostRef, Source

MOST_LINK = 2_000
"""Characters of a pasted text that are looked at; links to posts are far shorter."""

MOST_KEY = 500
"""Characters of a post's key; hosts have at most 253."""

CANDIDATE = regex.compile(
    r"(?:https?://|at://)[^\s\p{C}<>\"]+|(?<![\w@./])(?:[\w-]+\.)+[a-z]{2,}(?::\d{1,5})?/[^\s\p{C}<>\"]+",
    regex.IGNORECASE,
)
TRAILING = ".,;:!?)]}>'\"”’»…"
MARKS = "_~"
"""What a record key may end with, and what ends a marked link in Markdown where it began it as well."""
PLAIN = regex.compile(r"(?:[a-z]+://)?[^/]+/[a-z0-9@:._~/%-]*", regex.IGNORECASE)
"""A link to a post without what may follow it unparted: Japanese is written without spaces, Markdown has marks."""


def find(text: str, sources: Iterable[Source]) -> PostRef:
    """The post that a pasted text names: a link, a link among words, or a bare id of X. Raises NotAPost."""
    text = text.strip()[:MOST_LINK]
    sources = tuple(sources)
    for link in [text] if regex.fullmatch(r"[0-9]{1,19}", text) else _links(text):
        for source in sources:
            ref = source.match(link)
            if ref is not None and len(ref.key) <= MOST_KEY:
                return ref
    raise NotAPost


def _links(text: str) -> Iterable[str]:
    """Whatever may be a link, in order; each as it stands, and without what follows unparted."""
    for found in CANDIDATE.finditer(text):
        is_marked = text[: found.start()].endswith(tuple(MARKS))
        trailing = TRAILING + MARKS if is_marked else TRAILING
        yield found.group().rstrip(trailing)
        if plain := PLAIN.match(found.group()):
            yield plain.group().rstrip(trailing)
