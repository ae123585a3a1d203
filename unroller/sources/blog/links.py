"""What a page says of itself by rel: in its HTTP Link headers first, then in its HTML, in their order."""

import contextlib
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin

import regex

from unroller.core.text import is_web
from unroller.sources.http import Answer

LINK = regex.compile(r"<([^<>]*+)>((?:\s*+;\s*+[^\s=;,\"]++(?:\s*+=\s*+(?:\"[^\"]*+\"|[^\s;,\"]*+))?)*+)")
REL = regex.compile(r";\s*+rel\s*+=\s*+(?:\"([^\"]*+)\"|([^\s;,\"]*+))", regex.IGNORECASE)
MOST_PAGE = 2 * 1024 * 1024
"""Characters of a page that are read: a head is at its beginning."""


def rels(answer: Answer) -> dict[str, str]:
    """The first address for each rel, whole; addresses that no browser may follow are left out."""
    found: dict[str, str] = {}
    for rel, address in (*_of_headers(answer), *_of_page(answer)):
        if is_web(address):
            found.setdefault(rel, address)
    return found


def _of_headers(answer: Answer) -> Iterator[tuple[str, str]]:
    for link in LINK.finditer(answer.headers.get("link", "")):
        named = REL.search(link[2])
        for rel in ((named[1] or named[2] or "") if named else "").lower().split():
            yield rel, _whole(answer.url, link[1])


def _of_page(answer: Answer) -> list[tuple[str, str]]:
    if "html" not in answer.headers.get("content-type", "").lower():
        return []
    reader = _Reader(answer.url)
    with contextlib.suppress(AssertionError):  # so the parser ends at a declaration that it does not know
        reader.feed(answer.body.decode("utf-8", "replace")[:MOST_PAGE])
    # It is not closed: what is left then is no whole tag, and is read again and again for each of its brackets.
    return reader.found


def _whole(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


class _Reader(HTMLParser):
    """Collects <link> and <a>, and heeds the first <base>."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, str]] = []
        self._page = self._base = url

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and self._base == self._page and values.get("href"):
            self._base = _whole(self._page, values["href"])
        elif tag in {"link", "a"} and "href" in values:
            address = _whole(self._base, values["href"])
            self.found += [(rel, address) for rel in values.get("rel", "").lower().split()]
