"""Addresses as numbered notes at the foot of a file, so that words stay words and no address is lost."""

from html.parser import HTMLParser
from typing import NamedTuple

from unroller.core.text import is_web

CALLED_BY_NAME = frozenset({"mention", "hashtag", "cashtag"})
"""Links whose label says all: whom or what they name."""


class Notes:
    """Addresses in the order in which they are first named; each has one number, from 1."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, address: str) -> int:
        """The number of an address."""
        return self._numbers.setdefault(address, len(self._numbers) + 1)

    def rows(self, pattern: str) -> str:
        """All notes, a line each, in a pattern such as `[{}] {}`."""
        return "\n".join(pattern.format(number, address) for address, number in self._numbers.items())


class Anchor(NamedTuple):
    """A link: what is shown, and where it leads."""

    label: str
    address: str


def anchors(safe_html: str) -> list[Anchor]:
    """The links among words, in their order, but no mentions and tags."""
    walk = _Walk()
    walk.feed(safe_html)
    walk.close()
    return walk.found


def noted(words: str, safe_html: str, notes: Notes) -> str:
    """Plain text with the number of a note behind each link that does not show its whole address."""
    position = 0
    parts = []
    for label, address in anchors(safe_html):
        start = words.find(label, position) if label else -1
        if start < 0 or _bare(label) == _bare(address):
            continue
        end = start + len(label)
        parts.append(f"{words[position:end]} [{notes.number(address)}]")
        position = end
    return "".join(parts) + words[position:]


def _bare(address: str) -> str:
    return address.removeprefix("https://").removeprefix("http://").removesuffix("/")


class _Walk(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Anchor] = []
        self._address = ""
        self._label: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            values = {name: value or "" for name, value in attrs}
            is_named = values.get("class", "") in CALLED_BY_NAME
            self._address = "" if is_named or not is_web(values.get("href", "")) else values["href"]
            self._label.clear()

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address:
            self.found.append(Anchor("".join(self._label).strip(), self._address))
            self._address = ""

    def handle_data(self, data: str) -> None:
        self._label.append(data)
