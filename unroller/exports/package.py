"""The documents that make files a book: EPUB 3.3 package, contents for new readers (nav) and for old ones (NCX)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import NamedTuple

from unroller.exports.album import Print
from unroller.exports.chapters import Chapter, Entry
from unroller.exports.xhtml import element, text

CONTAINER = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
PAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"{direction}>
<head><meta charset="UTF-8"/><title>{title}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body{direction}>
{content}
</body>
</html>
"""
PUBLISHER = "Unroller"
XHTML = "application/xhtml+xml"


class Facts(NamedTuple):
    """What a book says of itself. `description` may be empty; `direction` is that of turning pages."""

    identifier: str
    title: str
    creators: tuple[str, ...]
    language: str
    published: datetime
    modified: datetime
    sources: tuple[str, ...]
    description: str
    is_described: bool
    """Whether every picture has an alternative text of its author's."""
    direction: str


class Item(NamedTuple):
    """One file of the book. `linear` is empty for what is not a page, else `yes` or `no`."""

    name: str
    href: str
    type: str
    properties: str = ""
    linear: str = ""


def page(title: str, content: str, *, direction: str = "") -> str:
    """A whole page around XHTML."""
    side = f' dir="{direction}"' if direction else ""
    return PAGE.format(title=text(title), content=content, direction=side)


def cover_page(href: str, title: str) -> str:
    """The page that shows the cover."""
    picture = element("img", src=href, alt=f"Cover of {title}")
    return page("Cover", element("section", picture, class_="cover", epub_type="cover"))


def contents(entries: Sequence[Entry], *, title: str, has_cover: bool, first: str, is_folded: bool) -> str:
    """The navigation document. `is_folded`: posts are listed by reading systems, but not on the page itself."""
    rows = "".join(_nav_row(entry, is_folded=is_folded) for entry in entries)
    toc = element("nav", f"{element('h1', 'Contents')}{element('ol', rows)}", epub_type="toc", id="toc", class_="toc")
    marks = [("toc", "nav.xhtml", "Contents"), ("bodymatter", first, "Beginning")]
    marks = [("cover", "cover.xhtml", "Cover"), *marks] if has_cover else marks
    told = "".join(element("li", element("a", label, epub_type=kind, href=href)) for kind, href, label in marks)
    landmarks = element("nav", element("ol", told), epub_type="landmarks", hidden="hidden")
    return page(title, f"{toc}\n{landmarks}")


def _nav_row(entry: Entry, *, is_folded: bool) -> str:
    below = "".join(_nav_row(child, is_folded=is_folded) for child in entry.children)
    rows = element("ol", below, hidden="hidden" if is_folded else "") if below else ""
    return element("li", element("a", text(entry.label), href=entry.href, dir="auto") + rows)


def old_contents(entries: Sequence[Entry], facts: Facts) -> str:
    """The same for readers of EPUB 2. Entries that lead to one place have one number."""
    numbers: dict[str, int] = {}
    ids = count(1)
    points = "".join(_point(entry, ids, numbers) for entry in entries)
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1">
<head><meta name="dtb:uid" content="{facts.identifier}"/><meta name="dtb:depth" content="{_depth(entries)}"/>
<meta name="dtb:totalPageCount" content="0"/><meta name="dtb:maxPageNumber" content="0"/></head>
<docTitle><text>{text(facts.title)}</text></docTitle>
<navMap>{points}</navMap>
</ncx>
"""


def _point(entry: Entry, ids: Iterator[int], numbers: dict[str, int]) -> str:
    number = numbers.setdefault(entry.href, len(numbers) + 1)
    start = f'<navPoint id="point-{next(ids)}" playOrder="{number}">'
    label = f'<navLabel><text>{text(entry.label)}</text></navLabel><content src="{entry.href}"/>'
    return f"{start}{label}{''.join(_point(child, ids, numbers) for child in entry.children)}</navPoint>"


def _depth(entries: Sequence[Entry]) -> int:
    return 1 + max((_depth(entry.children) for entry in entries if entry.children), default=0)


def items(chapters: Sequence[Chapter], prints: Sequence[Print], *, cover: Print | None, is_bundle: bool) -> list[Item]:
    """Every file of the book; pages in their order. The contents are a page of a bundle, and at hand in any book."""
    pages = [
        Item(f"page-{number}", chapter.file, XHTML, "svg" if "<svg" in chapter.content else "", "yes")
        for number, chapter in enumerate(chapters, 1)
    ]
    nav = Item("nav", "nav.xhtml", XHTML, "nav", "yes" if is_bundle else "no")
    ordered = [nav, *pages] if is_bundle else [*pages, nav]
    files = [
        Item("ncx", "toc.ncx", "application/x-dtbncx+xml"),
        Item("style", "book.css", "text/css"),
        *(Item(f"picture-{number}", found.href, found.type) for number, found in enumerate(prints, 1)),
    ]
    if cover:
        files.append(Item("cover-image", cover.href, cover.type, "cover-image"))
        ordered.insert(0, Item("cover", "cover.xhtml", XHTML, "", "yes"))
    return [*ordered, *files]


def package(facts: Facts, files: Sequence[Item]) -> str:
    """The package document."""
    manifest = "\n".join(
        element("item", id=each.name, href=each.href, **{"media-type": each.type}, properties=each.properties)
        for each in files
    )
    spine = "\n".join(
        element("itemref", idref=each.name, linear="no" if each.linear == "no" else "") for each in files if each.linear
    )
    has_cover = any(each.name == "cover" for each in files)
    first = next(each.href for each in files if each.name == "page-1")
    side = facts.direction or "ltr"
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book" xml:lang="{facts.language}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
{_metadata(facts, has_pictures=any(each.type.startswith("image/") for each in files), has_cover=has_cover)}
</metadata>
<manifest>
{manifest}
</manifest>
<spine toc="ncx" page-progression-direction="{side}">
{spine}
</spine>
{_guide(first, has_cover=has_cover)}
</package>
"""


def _guide(first: str, *, has_cover: bool) -> str:
    """Landmarks for readers of EPUB 2."""
    marks = [("cover", "cover.xhtml", "Cover")] if has_cover else []
    marks += [("toc", "nav.xhtml", "Contents"), ("text", first, "Beginning")]
    return element(
        "guide", "".join(element("reference", type=kind, href=href, title=said) for kind, href, said in marks)
    )


def _metadata(facts: Facts, *, has_pictures: bool, has_cover: bool) -> str:
    rows = [
        element("dc:identifier", facts.identifier, id="book"),
        element("dc:title", text(facts.title)),
        element("dc:language", facts.language),
        *(element("dc:creator", text(creator), id=f"by-{at}") for at, creator in enumerate(facts.creators, 1)),
        *(
            _meta("role", "aut", refines=f"#by-{at}", scheme="marc:relators")
            for at in range(1, len(facts.creators) + 1)
        ),
        element("dc:publisher", PUBLISHER),
        *(element("dc:source", text(source)) for source in facts.sources),
        element("dc:date", _second(facts.published)),
        element("dc:description", text(facts.description)) if facts.description else "",
        _meta("dcterms:modified", _second(facts.modified)),
        element("meta", name="cover", content="cover-image") if has_cover else "",
        *_accessibility(facts, has_pictures=has_pictures),
    ]
    return "\n".join(filter(None, rows))


def _accessibility(facts: Facts, *, has_pictures: bool) -> Iterator[str]:
    """What the book offers to whom, in schema.org's words (EPUB Accessibility 1.1)."""
    yield _meta("schema:accessMode", "textual")
    if has_pictures:
        yield _meta("schema:accessMode", "visual")
    features = ["displayTransformability", "readingOrder", "structuralNavigation", "tableOfContents"]
    if facts.is_described:
        yield _meta("schema:accessModeSufficient", "textual")
        features.insert(0, "alternativeText")
    yield from (_meta("schema:accessibilityFeature", feature) for feature in features)
    yield _meta("schema:accessibilityHazard", "none")
    described = "Every picture has a description." if facts.is_described else "Some pictures have no description."
    yield _meta("schema:accessibilitySummary", f"Every post can be reached from the table of contents. {described}")


def _meta(name: str, value: str, **attributes: str) -> str:
    written = "".join(f' {key}="{given}"' for key, given in attributes.items())
    return f'<meta property="{name}"{written}>{value}</meta>'


def _second(moment: datetime) -> str:
    """To the second, in UTC, as EPUB wants it."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
