"""The plans there are, what each allows and what it costs. Pure data: pages, checks and documents are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal


class Feature(Enum):
    """What one may do or not do."""

    INSTANT_MAIL = "instant-mail"
    NO_SUPPORT_BOX = "no-support-box"


class Limit(Enum):
    """What one may do so often, or have so many of."""

    UNROLLS = "unrolls"
    AUTHORS = "authors"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reader has."""

    name: Literal["free", "premium"]
    features: frozenset[Feature]
    limits: Mapping[Limit, int]

    def allows(self, feature: Feature) -> bool:
        return feature in self.features

    def limit(self, limit: Limit) -> int:
        """How many, or how often an hour for what is counted by the hour."""
        return self.limits[limit]


FREE = Plan("free", frozenset(), {Limit.UNROLLS: 20, Limit.AUTHORS: 20})
PREMIUM = Plan("premium", frozenset(Feature), {Limit.UNROLLS: 200, Limit.AUTHORS: 500})

CURRENCY = "usd"
PRODUCT = "unroller_premium"
"""The product's id at Stripe: a subscription to any of its prices, also to older ones, is ours."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price of premium. Stripe knows it by `lookup_key`; `cents` is an amount of CURRENCY."""

    key: Literal["month", "year"]
    lookup_key: str
    cents: int


MONTH = Price("month", "unroller_premium_month", 300)
YEAR = Price("year", "unroller_premium_year", 3000)
PRICES: Mapping[str, Price] = {price.key: price for price in (YEAR, MONTH)}
"""By key, the yearly one first: fees take 13 % of $3 and 4 % of $30."""
GIFT_CENTS = YEAR.cents
"""A gift is a year."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: what it is about, and what it says in each plan."""

    about: Feature | Limit | None
    label: str
    free: str
    premium: str


ROWS = (
    Row(None, "Unroll, read, share, print, Markdown, RSS", "Yes", "Yes"),
    Row(Limit.UNROLLS, "New unrolls", "{free} an hour", "{premium} an hour"),
    Row(Limit.AUTHORS, "My Authors", "{free} authors", "{premium} authors"),
    Row(Feature.INSTANT_MAIL, "Mail about new threads", "Every morning or every Monday", "At once, too"),
    Row(Feature.NO_SUPPORT_BOX, "The box that asks for support", "Shown", "Hidden"),
)


def comparison() -> list[Row]:
    """The lines of the pricing page, with their numbers."""
    return [Row(row.about, row.label, _filled(row.free, row.about), _filled(row.premium, row.about)) for row in ROWS]


def dollars(cents: int) -> str:
    """`$3.00`, as prices are written here."""
    return f"${cents // 100}.{cents % 100:02d}"


def months_free() -> int:
    """How many months a year costs nothing when it is paid at once."""
    return 12 - YEAR.cents // MONTH.cents


def _filled(text: str, about: Feature | Limit | None) -> str:
    if not isinstance(about, Limit):
        return text
    return text.format(free=FREE.limit(about), premium=PREMIUM.limit(about))
