"""Recorded answers of networks with hostile words put into every text in them, for tests of what we make of them."""

import json
from pathlib import Path
from typing import Any

import msgspec

from tests.sources.test_cases import CASES, SOURCES, named
from tests.sources.test_cases import FOLDERS as RECORDINGS
from unroller.core.assemble import assemble
from unroller.core.posts import Thread
from unroller.sources.recording import Raw

EVIL = (
    '=HYPERLINK("\u202ehttps://evil.invalid/f")"\'><script src=https://evil.invalid/s></script><img src=https://evil.invalid/i'
    " onerror=alert(1)><svg/onload=alert(2)>--><!--]]>{{7*7}}{% debug %}[a](javascript:alert(3))![b](https://evil.invalid/m)"
    '#panic("typst")#read("/etc/passwd")\r\nBcc: evil@evil.invalid\x00\x07\x0b\x1b[31m\x7f\u0085\u2028\u202e\ufffe'
)
"""Markup, templates, formulas, commands, header lines, and characters that XML has no place for."""
LINK = "javascript:alert(document.domain)//https://evil.invalid/"
WORDS = frozenset(
    {"name", "displayName", "display_name", "description", "text", "title", "alt", "alt_text", "altText", "label"}
    | {"spoiler_text", "content", "note", "bio", "preview_text", "unwound_title", "display_url", "provider_name"}
    | {"author_name", "lang", "language", "langs", "code", "username", "acct", "handle", "shortcode", "tag", "val"}
)
LINKS = frozenset(
    {"expanded_url", "unwound_url", "uri", "url", "card", "website", "profile_image_url", "avatar", "header"}
    | {"preview_url", "remote_url", "static_url", "preview_image_url", "thumb", "fullsize", "playlist", "thumbnail"}
)
FOLDERS = tuple(map(named, RECORDINGS))


def thread(case: str) -> Thread:
    """What the network's own parser makes of a poisoned recording."""
    raw = json.loads((Path(CASES) / case / "raw.json").read_text("utf-8"))
    for exchange in raw["exchanges"]:
        exchange["body"] = poisoned(exchange["body"])
    found = SOURCES[raw["source"]].parse(msgspec.convert(raw, Raw))
    return assemble(found).thread


def poisoned(value: Any, key: str = "") -> Any:
    """The same data with EVIL behind every text a reader sees, and LINK in the place of links that only lead away.

    Behind, since networks count characters from the front; names begin with it, too, as a formula has to.
    """
    if isinstance(value, dict):
        return {name: _link(name, inner) or poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner, key) for inner in value]
    if not isinstance(value, str) or key not in WORDS:
        return value
    return EVIL + value + EVIL if key in {"name", "displayName", "display_name", "title"} else value + EVIL


def _link(name: str, value: object) -> str:
    is_one = isinstance(value, str) and value.startswith("http") and "/users/" not in value and "status" not in value
    return LINK if name in LINKS and is_one else ""
