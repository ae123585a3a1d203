"""Tags as readers type them, made into the one form in which they are kept and compared."""

import unicodedata
from collections.abc import Iterable

import regex

LONGEST = 50
"""Characters of a tag."""
MOST = 20
"""Tags of one thread."""
BETWEEN = regex.compile(r"[,،、，]|(?<=\s)(?=[#＃])")
"""Commas of several scripts, and a number sign that begins the next one."""
UNSEEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""What nobody can type on purpose or see. Joiners stay: Persian words and emoji need them."""


def parse(typed: str) -> list[str]:
    """`Long read, #History` → `long read`, `history`: small letters, composed (NFC), each once, in their order.

    However many and however long they are: what is too much is for the caller to say.
    """
    seen = UNSEEN.sub(" ", ",".join(typed.splitlines()))
    return list(dict.fromkeys(filter(None, map(clean, BETWEEN.split(seen)))))


def clean(tag: str) -> str:
    """One tag as it is kept; empty when nothing is left of it."""
    seen = UNSEEN.sub(" ", unicodedata.normalize("NFC", tag))
    words = " ".join(seen.replace(",", " ").split()).lstrip("#＃ ")
    return unicodedata.normalize("NFC", words.lower()).strip()


def unite(tags: Iterable[str], more: Iterable[str]) -> list[str]:
    """Tags with others behind them, each once, as many as a thread may have and each as long as it may be."""
    cut = (tag[:LONGEST].strip() for tag in (*tags, *more))
    return list(dict.fromkeys(filter(None, cut)))[:MOST]
