"""Names of files: `author-date-title.ending`, in any script, safe on every system."""

import unicodedata
from datetime import UTC, datetime
from urllib.parse import quote

import regex

from unroller.core.text import clean, without_direction_marks

MOST_GRAPHEMES = 80
MOST_BYTES = 150
"""Of a whole name in UTF-8: some systems store three bytes where we count two, and none takes more than 255."""
MOST_AUTHOR = (30, 60)
"""Graphemes and bytes of the author, so that something of the title is left."""
WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}\p{M}]*")
INSIDE_WORDS = regex.compile(r"(?<=\p{L}\p{M}*)['’ʼ\p{Cf}]+(?=\p{L})")
"""Apostrophes and what nobody sees, which part no words."""


def file_name(handle: str, written: datetime, *, title: str, ending: str) -> str:
    """`maralind-2026-03-01-how-bread-rises.pdf`: letters and digits of every script, and hyphens; never empty.

    At most 80 graphemes and 150 bytes; the title gives way. The date, in UTC, keeps a name from being one that Windows
    reserves.
    """
    author = _cut(_slug(handle), *MOST_AUTHOR)
    beginning = "-".join(filter(None, [author, f"{written.astimezone(UTC):%Y-%m-%d}"]))
    taken = f"{beginning}-.{ending}"
    left = MOST_GRAPHEMES - len(regex.findall(r"\X", taken)), MOST_BYTES - len(taken.encode())
    return f"{'-'.join(filter(None, [beginning, _cut(_slug(title), *left)]))}.{ending}"


def attachment(name: str) -> str:
    """The value of `Content-Disposition` (RFC 6266) for a file with this name; the old form gets what ASCII can say."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = regex.sub(r"-{2,}", "-", regex.sub(r"[^\w.-]", "-", plain)).replace("-.", ".").strip("-")
    if plain == name:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _slug(words: str) -> str:
    """Words in lower case with hyphens between them."""
    words = without_direction_marks(clean(unicodedata.normalize("NFC", words)))
    lower = unicodedata.normalize("NFC", INSIDE_WORDS.sub("", words).lower())
    return "-".join(WORD.findall(lower))


def _cut(slug: str, graphemes: int, size: int) -> str:
    """The beginning of a slug within two limits, cut between words where there is a gap in the last half."""
    kept = ""
    for grapheme in regex.findall(r"\X", slug)[:graphemes]:
        if len((kept + grapheme).encode()) > size:
            break
        kept += grapheme
    if len(kept) == len(slug):
        return kept
    at = kept.rfind("-") if slug[len(kept)] != "-" else len(kept)
    return (kept[:at] if at >= len(kept) // 2 else kept).strip("-")
