"""A page as a tree, so that tests can ask what a browser would see."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
SELF_CLOSING = frozenset({"circle", "path", "rect"})


@dataclass
class Element:
    """A tag with its attributes and what it holds."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None" = None
    children: "list[Element | str]" = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str) -> str:
        """An attribute, empty when it is absent."""
        return self.attributes.get(name, "")

    @property
    def text(self) -> str:
        """Its words, with white space as a browser shows it."""
        return " ".join("".join(self._pieces()).split())

    def all(self, tag: str = "", **wanted: str) -> "list[Element]":
        """The elements below it with this tag and these attributes; `kind` asks for one of its classes."""
        kind = wanted.pop("kind", "")
        return [
            each
            for each in self.walk()
            if (not tag or each.tag == tag)
            and (not kind or kind in each.get("class").split())
            and all(each.get(name.replace("_", "-")) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **wanted: str) -> "Element":
        """The only such element."""
        found = self.all(tag, **wanted)
        assert len(found) == 1, f"{len(found)} of {tag} {wanted}"
        return found[0]

    def walk(self) -> "Iterator[Element]":
        """Every element below it, in the page's order."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.walk()

    def inside(self, tag: str) -> bool:
        """Whether an element with this tag holds it."""
        return self.parent is not None and (self.parent.tag == tag or self.parent.inside(tag))

    def _pieces(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in {"script", "svg"}:
                yield from child._pieces()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {})
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in SELF_CLOSING
        self._open.children.append(Element(tag, {name: value or "" for name, value in attrs}, self._open))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.tag == tag, f"</{tag}> closes <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    def finish(self) -> Element:
        self.close()
        assert self._open is self.root, f"<{self._open.tag}> is never closed"
        return self.root


def read(markup: str) -> Element:
    """The tree of a page; fails on tags that are not closed in order."""
    builder = _Builder()
    builder.feed(markup)
    return builder.finish()
