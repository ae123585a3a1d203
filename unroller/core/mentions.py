"""What a text that names the bot asks of it: to unroll, to leave its author alone, to come back, or nothing at all.

Pure. Texts are hostile: letters nobody sees, letters that look wide, marks of direction, accents and case make no
difference; handles and addresses are no words.
"""

import unicodedata
from collections.abc import Iterable
from enum import Enum

import regex

from unroller.core.asking_words import BESIDE, BETWEEN, NOT_AFTER, NOT_BEFORE, START, STOP, UNROLL, UNROLL_UNSPACED
from unroller.core.words import MARKED, UNMARKED, UNSPACED

MOST_READ = 4_000
"""Characters of a text that are looked at; whoever asks does so before that."""
MOST_LINKS = 3
ADDRESS = regex.compile(r"(?:https?://|at://)[^\s<>\"'“”]+", regex.IGNORECASE)
BEHIND = ".,;:!?)]}…。、，！？）」』"
"""What ends a sentence, not an address."""
HANDLE = regex.compile(r"(?<![A-Za-z0-9_.])@[A-Za-z0-9_.\-]+(?:@[A-Za-z0-9_.\-]+)?")
UNSEEN = regex.compile(r"[\p{Cf}\ufe00-\ufe0f\u034f\u115f\u1160\u3164\uffa0]")
APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))
PAUSES = regex.compile(r"(?:[^\p{L}\p{M}\p{N}#'\- ]| -+ |(?<!\w)'|'(?!\w))+")
"""Punctuation, pictures and ends of lines: between two words they say that these do not belong together."""
PAUSE = " | "
NOBOT = regex.compile(r"#nobots?(?!\w)")


class Heard(Enum):
    """What a text asks for."""

    UNROLL = "unroll"
    STOP = "stop"
    START = "start"
    NOTHING = "nothing"


def heard(text: str) -> Heard:
    """What somebody who named the bot wants of it. A text that asks both ways wants nothing; `#nobot` always counts."""
    words = plain(text)
    if NOBOT.search(words):
        return Heard.STOP
    asks, stops = _asks(words), _is_nothing_but(STOPPING, BESIDE_STOP, words)
    if asks == stops:
        return Heard.START if not asks and _is_nothing_but(STARTING, BESIDE_START, words) else Heard.NOTHING
    return Heard.UNROLL if asks else Heard.STOP


def links(text: str) -> list[str]:
    """The addresses in a text, a few at most, without the punctuation that follows them."""
    found = (address[0] for address in ADDRESS.finditer(UNSEEN.sub("", text[:MOST_READ])))
    return [address.rstrip(BEHIND) for address in found][:MOST_LINKS]


def refuses_bots(bio: str) -> bool:
    """Whether somebody writes about themselves that bots shall keep away (`#nobot`)."""
    return NOBOT.search(folded(bio)) is not None


def plain(text: str) -> str:
    """The words of a text alone, folded: without addresses and handles."""
    wide = unicodedata.normalize("NFKC", text[:MOST_READ])
    bare = UNSEEN.sub("", HANDLE.sub(" ", ADDRESS.sub(" ", wide)))  # a handle ends at what nobody sees, a word does not
    return folded(HANDLE.sub(" ", bare))


def folded(text: str) -> str:
    """A text as it is compared: compatible letters are one, without accents and case; one space between words, ` | `
    where anything else stands between them."""
    small = unicodedata.normalize("NFKC", UNSEEN.sub("", text)).casefold().translate(APOSTROPHES)
    bare = MARKED.sub(r"\1", unicodedata.normalize("NFD", small)).translate(UNMARKED)
    apart = PAUSES.sub(PAUSE, unicodedata.normalize("NFC", bare).replace("\n", PAUSE))
    return " ".join(apart.split()).strip(" |")


def _any(words: Iterable[str], *, anywhere: bool = False) -> str:
    """A pattern of words, the longest first. Where a script parts words by spaces they stand for themselves; with
    `anywhere` they do not have to."""
    spaced = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{UNSPACED}]]"
    known = sorted({folded(word) for word in words}, key=len, reverse=True)
    either = "|".join(map(regex.escape, known))
    return f"(?:{either})" if anywhere else f"(?<!{spaced})(?:{either})(?!{spaced})"


def _pattern(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.V1)


ASKING = _pattern(f"{_any(UNROLL)}|{_any(UNROLL_UNSPACED, anywhere=True)}")
DENIED_BEFORE = _pattern(rf"(?:{_any(NOT_BEFORE)}|\w+n't)(?: ?{_any(BETWEEN)})? ?$")
DENIED_AFTER = _pattern(rf"^ ?{_any(NOT_AFTER)}|^ ?(?:しない|するな|하지 ?[마말])")
STOPPING = _pattern(_any(STOP))
STARTING = _pattern(_any(START))
BESIDE_STOP = _pattern(f"{_any((*STOP, *BESIDE))}|\\|")
BESIDE_START = _pattern(f"{_any((*START, *BESIDE))}|\\|")


def _asks(words: str) -> bool:
    return any(not _is_denied(words, *found.span()) for found in ASKING.finditer(words))


def _is_denied(words: str, start: int, end: int) -> bool:
    return DENIED_BEFORE.search(words[:start]) is not None or DENIED_AFTER.match(words[end:]) is not None


def _is_nothing_but(wanted: regex.Pattern[str], beside: regex.Pattern[str], words: str) -> bool:
    return wanted.search(words) is not None and not beside.sub("", words).strip()
