"""What a personal token looks like: random, recognizable, and kept only as a digest."""

import hmac
import secrets
import string
from hashlib import sha256
from zlib import crc32

from django.conf import settings

PREFIX = "unr_"
"""Tells people, and programs that look for lost secrets, whose token it is."""
LETTERS = string.ascii_letters + string.digits
RANDOM = 40
"""Characters by chance, 238 bits: nobody guesses one, so a plain digest keeps it safe."""
CHECK = 6
HINTED = 4
"""How many characters of the random ones its owner is shown later on."""


def fresh() -> str:
    """A new token: `unr_`, 40 characters by chance, and 6 that check the others."""
    body = PREFIX + "".join(secrets.choice(LETTERS) for _ in range(RANDOM))
    return body + _check(body)


def sown(seed: str) -> str:
    """A token that nobody guesses without the site's key, the same for the same seed."""
    rest = int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), f"token {seed}".encode(), "sha512"))
    body = PREFIX
    for _ in range(RANDOM):
        rest, place = divmod(rest, len(LETTERS))
        body += LETTERS[place]
    return body + _check(body)


def is_one(text: str) -> bool:
    """Whether a text can be a token; false for what was cut or mistyped, so that it costs the database nothing."""
    body, check = text[:-CHECK], text[-CHECK:]
    is_long_enough = len(body) == len(PREFIX) + RANDOM
    return text.isascii() and is_long_enough and body.startswith(PREFIX) and check == _check(body)


def digest(token: str) -> str:
    """As it is kept: SHA-256 in hexadecimal."""
    return sha256(token.encode()).hexdigest()


def hint(token: str) -> str:
    """Its beginning, by which its owner knows it."""
    return token[: len(PREFIX) + HINTED]


def _check(body: str) -> str:
    """CRC-32 in the letters of a token; any slip of a hand or a clipboard shows."""
    rest, found = crc32(body.encode()), ""
    for _ in range(CHECK):
        rest, place = divmod(rest, len(LETTERS))
        found = LETTERS[place] + found
    return found
