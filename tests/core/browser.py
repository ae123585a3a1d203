"""A small reader of HTML, to see what a browser would: the text, and the tags with their attributes, well nested."""

from html.parser import HTMLParser

VOID = frozenset({"br", "img"})
BLOCKS = frozenset({"p", "pre", "blockquote", "ul", "ol", "li"})


class Page(HTMLParser):
    """`text`: blocks are parted by empty lines, list items by newlines. `tags`: (name, attributes) in order."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._parts: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open, f"{self._open} are left open in {source!r}"

    @property
    def text(self) -> str:
        return "".join(self._parts).strip("\n")

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.tags}

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] for _, attributes in self.tags if attribute in attributes]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag == "br":
            self._parts.append("\n")
        elif tag == "img":
            self._parts.append(dict(attrs).get("alt") or "")
        else:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        if tag in BLOCKS:
            self._parts.append("\n" if tag == "li" else "\n\n")

    def handle_data(self, data: str) -> None:
        self._parts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"a processing instruction: {data!r}")
