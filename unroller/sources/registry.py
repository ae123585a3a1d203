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


def find(text: str, sources: Iterable[Source]) -> PostRef:
    """The post that a pasted text names: a link, a link among words, or a bare id of X. Raises NotAPost."""
    text = text.strip()[:MOST_LINK]
    candidates = [text] if regex.fullmatch(r"[0-9]{1,19}", text) else CANDIDATE.findall(text)
    sources = tuple(sources)
    for candidate in candidates:
        for source in sources:
            ref = source.match(candidate.rstrip(TRAILING))
            if ref is not None and len(ref.key) <= MOST_KEY:
                return ref
    raise NotAPost
