"""The plans there are. Pure data."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader has: `name` is `free` or `premium`."""

    name: Literal["free", "premium"]


FREE = Plan("free")
PREMIUM = Plan("premium")
