"""The text of a file whose encoding nobody told us."""

import regex

GARBAGE = regex.compile(r"[\p{Cc}\p{Cn}\p{Co}\uFFFD--\s]", regex.VERSION1)
MOST_GARBAGE = 0.1
"""Of a text, before it counts as none. A letter here and there may be in an encoding we did not guess."""
SAMPLE = 100_000
"""Characters at the beginning of a text that tell what it is."""


class NoText(ValueError):
    """The file holds something else."""


def decoded(body: bytes) -> str:
    """UTF-8 or UTF-16, with or without their marks, else what Windows wrote in the West. Raises NoText."""
    text = _guessed(body)
    if "\x00" in text or len(GARBAGE.findall(text[:SAMPLE])) > MOST_GARBAGE * len(text[:SAMPLE]):
        raise NoText
    return text


def _guessed(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    high, low = body[::2].count(0), body[1::2].count(0)
    if max(high, low) * 4 >= len(body) > 0:  # of Latin letters in UTF-16, every other byte is zero
        return body.decode("utf-16-be" if high > low else "utf-16-le", "replace")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
