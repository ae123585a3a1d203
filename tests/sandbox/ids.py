"""Ids as the networks make them: from the time, ordered, and the same at every start."""

import base64
import hashlib
from datetime import datetime

from .clock import milliseconds

X_EPOCH = 1_288_834_974_657
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SORTABLE_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
CROCKFORD_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Sequences:
    """Numbers that keep ids of the same moment apart and in the order of making."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}

    def after(self, moment: int) -> int:
        number = self._next.get(moment, 0)
        self._next[moment] = number + 1
        return number


def snowflake(moment: datetime, sequences: Sequences) -> int:
    """An X id: 42 bits of milliseconds since X's epoch, 22 bits of sequence."""
    elapsed = milliseconds(moment) - X_EPOCH
    if elapsed < 0:
        raise ValueError("ids of before November 2010 hold no time: pass an id")
    return (elapsed << 22) | sequences.after(elapsed)


def mastodon_id(moment: datetime, sequences: Sequences, *, salt: str) -> str:
    """A Mastodon id: milliseconds and 16 bits, which differ between hosts for the same status."""
    elapsed = milliseconds(moment)
    low = digest_number(salt, 15) + sequences.after(elapsed)
    return str((elapsed << 16) | (low & 0xFFFF))


def ulid(moment: datetime, sequences: Sequences, *, salt: str) -> str:
    """The 26 letters and digits other fediverse servers use for ids."""
    elapsed = milliseconds(moment)
    number = (elapsed << 80) | (sequences.after(elapsed) << 40) | digest_number(salt, 40)
    return "".join(CROCKFORD_BASE32[number >> shift & 31] for shift in range(125, -1, -5))


def tid(moment: datetime, sequences: Sequences) -> str:
    """A Bluesky record key: 53 bits of microseconds and a 10 bit clock id, in sortable base 32."""
    elapsed = milliseconds(moment)
    number = ((elapsed * 1000 + sequences.after(elapsed)) << 10) | 0x17
    return "".join(SORTABLE_BASE32[number >> shift & 31] for shift in range(60, -1, -5))


def digest_number(text: str, bits: int) -> int:
    """A number of `bits` bits that depends on nothing but the text."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()) >> (256 - bits)


def short_code(text: str, length: int = 10) -> str:
    """The letters behind `https://t.co/`."""
    number = digest_number(text, 6 * length)
    return "".join(BASE62[(number >> 6 * place) % 62] for place in range(length))


def base32_digest(text: str, length: int) -> str:
    """Lower-case base 32 of a digest, as DIDs and CIDs are written."""
    return base64.b32encode(hashlib.sha512(text.encode()).digest()).decode().lower()[:length]


def cid(text: str) -> str:
    """Looks like a CIDv1 of a record: it changes when the record does."""
    return "bafyrei" + base32_digest(text, 52)
