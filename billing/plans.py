"""The plans there are and what each allows. Pure data."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader has. `authors`: how many they may follow; `instant_mail`: told at once, not only in digests."""

    name: Literal["free", "premium"]
    authors: int
    instant_mail: bool


FREE = Plan("free", authors=20, instant_mail=False)
PREMIUM = Plan("premium", authors=500, instant_mail=True)
