"""Amounts as people write them."""

import re

LEAST, MOST = 100, 50_000
DOLLARS = re.compile(r"\$? ?([1-9][0-9]{0,2}|0)(?:\.([0-9]{1,2}))?")
SENTENCE = "Please give an amount between $1 and $500, such as 7 or 7.50."


def cents_of(text: str) -> int:
    """Cents of an amount of dollars such as `7`, `7.5` or `$7.50`. Raises ValueError with a sentence for the reader.

    Nothing else is guessed at: no commas, no exponents, no digits of other scripts.
    """
    found = DOLLARS.fullmatch(text.strip(" "))
    if found is None:
        raise ValueError(SENTENCE)
    cents = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if not LEAST <= cents <= MOST:
        raise ValueError(SENTENCE)
    return cents
