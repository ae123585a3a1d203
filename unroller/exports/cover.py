"""The cover of a book made of a thread, as a picture set by Typst."""

import json
from pathlib import Path

import typst

from unroller.core.text import one_line, without_direction_marks
from unroller.core.titles import cut
from unroller.exports import fonts
from unroller.exports.runs import parted
from unroller.exports.typeset import in_script

SHEET = Path(__file__).with_name("cover.typ").read_bytes()
PIXELS_AN_INCH = 216
"""Of 400 × 600 points: 1,200 × 1,800 pixels."""
MOST_TITLE = 200
MOST_LINE = 80


def cover(title: str, author: str, source: str, *, lang: str = "", direction: str = "") -> bytes:
    """PNG of 1,200 × 1,800 pixels. `source`: a line of words such as `A thread on X`; `lang`: BCP 47;
    `direction`: `ltr`, `rtl`, or empty for that of the title."""
    region = fonts.region(lang, title)
    data = {
        "title": parted(_shown(title, MOST_TITLE)),
        "author": parted(_shown(author, MOST_LINE)),
        "source": parted(_shown(source, MOST_LINE)),
        "serif": fonts.families(fonts.SERIF, region),
        "sans": fonts.families(fonts.SANS, region),
        **in_script(lang, direction, title),
    }
    made = typst.compile(
        SHEET,
        font_paths=fonts.loaded(),
        ignore_system_fonts=True,
        format="png",
        ppi=PIXELS_AN_INCH,
        sys_inputs={"cover": json.dumps(data, ensure_ascii=False)},
    )
    return made if isinstance(made, bytes) else made[0]


def _shown(words: str, most: int) -> str:
    return fonts.visible(cut(without_direction_marks(one_line(words)), most))
