"""A thread's title and first lines, cut out of its own words."""

import regex

from unroller.core.text import one_line, without_direction_marks

MOST_TITLE = 100
"""Graphemes; beyond it a title no longer reads as one."""
LEAST_TITLE = 16
MOST_EXCERPT = 280

NUMBERING = regex.compile(
    r"^[(\[]?1\s*[/)\]](?!\d++[\w/])(?:\s*(?:\d{1,4}|n|x)(?![\w/]))?[)\]]?[.:\s]*|(?:^|\s)[(\[]?1/(?:\d{1,4}|n|x)?[)\]]?$",
    regex.IGNORECASE,
)
"""A thread begins with its first post: "1/", "1/9", "(1/n)". Any other number may be a word: "24/7", "9/11",
"1/200th", "1/2/2024"."""
CALLS = regex.compile(r"🧵|👇|⬇️|⤵️")
ANNOUNCEMENT = regex.compile(
    r"^(?:a\s+)?thread\s*[:–—-]\s*|(?<![\s:–—-])[\s:–—-]*+[(\[]?\b(?:a\s+)?thread\b[)\]]?\s*[.:]*$",
    regex.IGNORECASE,
)
SHORTCODE = regex.compile(r"(?<!\w):[A-Za-z_]\w*:(?!\w)")
"""A custom emoji, which no title can show."""
ADDRESS = regex.compile(r"https?://\S+")
SENTENCE = regex.compile(r"^.*?(?:(?<![.!?…])[.!?…]++(?=[\s\"”’)]|$)[\"”’)]*|[。！？؟।]+)")


def title(text: str) -> str:
    """The first sentence of a thread's first post, without numbering, addresses and calls like 🧵; may be empty.

    At most 100 graphemes.
    """
    first = next(filter(None, map(_stripped, filter(str.strip, text.splitlines()))), "")
    sentence = SENTENCE.match(first)
    if sentence and len(sentence.group()) >= LEAST_TITLE:
        first = sentence.group()
    return cut(first, MOST_TITLE).rstrip(" .:;,，。")


def excerpt(text: str) -> str:
    """The first words of a post on one line, at most 280 graphemes."""
    return cut(without_direction_marks(one_line(text)), MOST_EXCERPT)


def cut(words: str, most: int) -> str:
    """At most `most` graphemes, cut at a space where there is one in the last quarter, then marked with …"""
    graphemes = regex.findall(r"\X", words)
    if len(graphemes) <= most:
        return words
    kept = "".join(graphemes[: most - 1])
    at = kept.rfind(" ")
    return (kept[:at] if at >= len(kept) * 3 // 4 else kept).rstrip(" ,;:.-–—") + "…"


def _stripped(line: str) -> str:
    words = one_line(CALLS.sub(" ", SHORTCODE.sub("", ADDRESS.sub("", without_direction_marks(line)))))
    return ANNOUNCEMENT.sub("", NUMBERING.sub("", words)).strip()
