"""A thread as WeasyPrint sets it: what our PDF says and shows, as HTML with a print style sheet, in the same fonts."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

import manimgx_fonts
import weasyprint
from weasyprint.text.fonts import FontConfiguration

from tests.exports.coverage import of_typst
from unroller.core.posts import Post, Thread
from unroller.core.reading import measure
from unroller.exports.fonts import SERIF
from unroller.exports.wording import author, counted, day, glance, heading, incompleteness, minute, network

SHEET = """
@page {
  size: A4; margin: 25mm 31mm;
  font: 8pt Sans; color: #6d6a62;
  @top-left { content: string(author); white-space: nowrap } @top-right { content: string(title) }
  @bottom-left { content: string(source) } @bottom-right { content: counter(page) " / " counter(pages) }
}
@page :first { @top-left { content: none } @top-right { content: none } }
body { margin: 0; font: 11.5pt/1.37 Serif; color: #1d1c19 }
a { color: inherit; text-decoration: none }
header, .facts, .note, h2, footer { font-family: Sans; color: #6d6a62 }
header p { margin: 0; font-size: 9.5pt }
header .name { font-size: 11pt; font-weight: 600; color: #1d1c19; string-set: author content() }
h1 { margin: 6mm 0 3mm; font: 600 22pt/1.1 Serif; string-set: title content(); bookmark-level: 1 }
.facts { margin: 0 0 4mm; font-size: 9.5pt } .facts a { string-set: source attr(href) }
.facts a, h2 b { color: #a8341f }
.note { margin: 2.5mm 0 3mm; padding: 2mm 3mm; font-size: 9pt; background: #fbf4ee; border-left: 2pt solid #c8452f }
main { margin-top: 6mm }
article { position: relative; padding: 0 0 3mm 8.5mm; border-left: 1.3pt solid #c8452f }
article::before {
  content: ""; position: absolute; top: .45mm; left: -1.3mm; width: 2.3mm; height: 2.3mm; box-sizing: border-box;
  border: 1.3pt solid #c8452f; border-radius: 50%; background: white;
}
h2 { margin: 0 0 1mm; font-size: 8.5pt; font-weight: 400; bookmark-level: 2; bookmark-label: attr(title) }
h2 b { font-weight: 600; margin-right: .6em }
article p { margin: 0 0 .95em } article p:last-child { margin: 0 }
footer { font-size: 8.5pt }
"""


class Printer:
    """Has its fonts and its style sheet ready, as Typst has: neither counts. `folder` is for fonts."""

    def __init__(self, folder: Path) -> None:
        self._fonts = FontConfiguration()
        faces = "".join(_faces(folder))
        self._sheet = weasyprint.CSS(string=faces + SHEET, font_config=self._fonts)

    def pdf(self, thread: Thread) -> bytes:
        """The thread by the rules of PDF/UA-1, with tags, bookmarks, links and what stands above and below a page."""
        made: bytes = weasyprint.HTML(string=page(thread)).write_pdf(
            stylesheets=[self._sheet], font_config=self._fonts, pdf_variant="pdf/ua-1"
        )
        return made


def page(thread: Thread) -> str:
    """The words of our PDF in their order."""
    person, head = thread.author, thread.head
    posts = list(thread.posts_of_line)
    facts = f"{day(head.created_at)} · {counted(len(posts), 'post')} · {measure(posts).minutes} min read"
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in incompleteness(thread))
    told = "".join(_article(number, post) for number, post in enumerate(posts, 1))
    source, where = escape(head.url), network(thread)
    return (
        f'<!doctype html><html lang="{head.lang}"><head><title>{escape(heading(thread))}</title>'
        f'<meta name="author" content="{escape(author(thread))}"></head><body>'
        f'<header><p class="name">{escape(author(thread))}</p>'
        f'<p><a href="{escape(person.url)}">@{escape(person.handle)}</a> on {where}</p></header>'
        f'<h1>{escape(heading(thread))}</h1><p class="facts">{facts} · <a href="{source}">Read on {where}</a></p>'
        f'{notes}<main>{told}</main><footer><p>Source: <a href="{source}">{source}</a><br>'
        "Times are in UTC.</p></footer></body></html>"
    )


def _article(number: int, post: Post) -> str:
    return (
        f'<article><h2 title="{number}. {escape(glance(post))}"><a href="{escape(post.url)}"><b>{number}</b>'
        f"{minute(post.created_at)}</a></h2>{post.html}</article>"
    )


def _faces(folder: Path) -> Iterator[str]:
    """The fonts that our PDF is set in, by address: WeasyPrint finds none of ours by name."""
    sans = Path(manimgx_fonts.__file__).parent / "NotoSans[wght].ttf"
    yield f'@font-face {{ font-family: Sans; src: url("{sans.as_uri()}") }}'
    for font in of_typst():
        facts = font["OS/2"]
        if font["name"].getDebugName(1).startswith(SERIF) and not facts.fsSelection & 1:
            path = folder / f"{facts.usWeightClass}.otf"
            font.save(path)
            weight = facts.usWeightClass
            yield f'@font-face {{ font-family: Serif; font-weight: {weight}; src: url("{path.as_uri()}") }}'
