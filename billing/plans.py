"""The plans there are, what each allows and what it costs. Pure data: pages, checks and documents are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal


class Feature(Enum):
    """What one may do or not do."""

    INSTANT_MAIL = "instant-mail"
    LIBRARY_TOOLS = "library-tools"
    LIBRARY_ZIP = "library-zip"
    FILES = "files"
    KEPT_MEDIA = "kept-media"
    SEND = "send"
    PRIVATE_LINKS = "private-links"
    API = "api"
    NO_SUPPORT_BOX = "no-support-box"


class Limit(Enum):
    """What one may do so often, or have so many of."""

    UNROLLS = "unrolls"
    AUTHORS = "authors"
    SAVED = "saved"
    KEPT_MEGABYTES = "kept-megabytes"


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


NO_LIMIT = 1_000_000_000
"""More than anybody has."""

FREE = Plan("free", frozenset(), {Limit.UNROLLS: 20, Limit.AUTHORS: 20, Limit.SAVED: 100, Limit.KEPT_MEGABYTES: 0})
PREMIUM = Plan(
    "premium",
    frozenset(Feature),
    {Limit.UNROLLS: 200, Limit.AUTHORS: 500, Limit.SAVED: NO_LIMIT, Limit.KEPT_MEGABYTES: 5_000},
)

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
    """One line of the comparison: what it is about, and what it says in each plan.

    `promise` ends the sentence "With premium you …", for who meets a feature without having it.
    """

    about: Feature | Limit | None
    label: str
    free: str
    premium: str
    promise: str = ""


ROWS = (
    Row(None, "Unroll, read, share, print, Markdown, RSS", "Yes", "Yes"),
    Row(Limit.UNROLLS, "New unrolls", "{free} an hour", "{premium} an hour"),
    Row(Limit.AUTHORS, "My Authors", "{free} authors", "{premium} authors"),
    Row(
        Feature.INSTANT_MAIL,
        "Mail about new threads",
        "Every morning or every Monday",
        "At once, too",
        "are told about new threads at once",
    ),
    Row(Limit.SAVED, "Library", "{free} saved threads", "As many threads as you like"),
    Row(
        Feature.LIBRARY_TOOLS,
        "Search in your library, tags, notes, highlights",
        "No",
        "Yes",
        "can search your library, and give its threads tags, notes and highlights",
    ),
    Row(Feature.FILES, "PDF and EPUB", "Of your own threads", "Of any thread", "can take any thread as PDF or EPUB"),
    Row(
        Feature.KEPT_MEDIA,
        "Pictures and video of saved threads",
        "At their networks",
        "Kept here, too",
        "keep the pictures and video of your saved threads here",
    ),
    Row(Limit.KEPT_MEGABYTES, "Room for them", "None", "{premium:,} MB"),
    Row(
        Feature.SEND,
        "Send a thread to a friend or to a Kindle, and a weekly book",
        "No",
        "Yes",
        "can send threads to friends and to your Kindle, and get a weekly book",
    ),
    Row(
        Feature.PRIVATE_LINKS,
        "Private links that expire",
        "No",
        "Yes",
        "can unroll privately, behind links that expire",
    ),
    Row(
        Feature.API,
        "API, Readwise, webhooks",
        "No",
        "Yes",
        "can use the API, and have Readwise or your own programs told",
    ),
    Row(
        Feature.LIBRARY_ZIP,
        "Your whole library as files",
        "JSON",
        "JSON, and a zip of Markdown, EPUB or PDF",
        "can take your whole library as Markdown, EPUB or PDF",
    ),
    Row(
        Feature.NO_SUPPORT_BOX,
        "The box that asks for support",
        "Shown",
        "Hidden",
        "do not see the box that asks for support",
    ),
)


def comparison() -> list[Row]:
    """The lines of the pricing page, with their numbers."""
    return [replace(row, free=_filled(row.free, row.about), premium=_filled(row.premium, row.about)) for row in ROWS]


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
