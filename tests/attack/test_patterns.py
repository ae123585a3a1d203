"""No regular expression of the product takes more than its share of time, whatever it reads.

All of them are found in the code (tests/attack/expressions.py), so a new one is tried by itself.
"""

from typing import NamedTuple

import pytest

from tests.attack.expressions import UNKNOWN, Expression, expressions, seconds, texts

SHORT, LONG = 2_000, 8_000
"""Characters."""
NOTHING = 0.002
"""Seconds for a short text that are not worth a second look; what grows with the square needs twice that."""
MOST_GROWTH = 8
"""Times as long for four times as much: 4 is linear, 16 the square."""
MOST_SECONDS = 0.03
AT_ONCE = 0.5
"""Seconds for a short text that need no second look either."""
SHARES = 6


class Bound(NamedTuple):
    """Why an expression may be slow: it never reads more characters than that."""

    characters: int
    why: str


BOUNDED = {
    "unroller.actions.lists.FEED_ENDING": Bound(1_000, "LONGEST: anything that may be a name"),
    "unroller.core.mentions.DENIED_BEFORE": Bound(4_000, "MOST_READ: whoever asks the bot"),
    "unroller.networks": Bound(2_000, "4 * MOST_PROFILE: whoever pastes a profile"),
    "unroller.sources.registry.CANDIDATE": Bound(2_000, "MOST_LINK: a pasted text"),
    "unroller.exports.blog": Bound(100, "our own markup: a `<` that opens nothing is escaped in it"),
}
AT_RUN_TIME = {"unroller.core.mentions: pattern"}
"""Put together while a module is imported, and found there under their names."""


def share(number: int) -> list[Expression]:
    known = [each for each in expressions().values() if each.module != UNKNOWN]
    return known[number::SHARES]


def bound(each: Expression) -> Bound | None:
    return next((held for place, held in BOUNDED.items() if each.where in {place, f"{place}:{line(each)}"}), None)


def line(each: Expression) -> str:
    return each.where.rpartition(":")[2]


def explodes(each: Expression) -> str:
    """The text that an expression takes far longer for when there is four times as much of it; empty for none."""
    for make in texts(each):
        short = seconds(each, make(SHORT), most=AT_ONCE)
        if short < NOTHING:
            continue
        if short >= AT_ONCE:
            return f"{make(20)!r}: more than {AT_ONCE} s for {SHORT} characters"
        short, long = (min(seconds(each, make(length), most=1) for _ in range(3)) for length in (SHORT, LONG))
        if long > MOST_SECONDS and long > MOST_GROWTH * short:
            return f"{make(20)!r}: {short:.4f} s for {SHORT} characters, {long:.4f} s for {LONG}"
    return ""


@pytest.mark.parametrize("number", range(SHARES))
def test_time_grows_with_the_text_and_no_faster(number: int) -> None:
    found = {each.where: said for each in share(number) if bound(each) is None and (said := explodes(each))}
    assert not found


def test_what_is_bounded_is_fast_within_its_bounds() -> None:
    seen = set()
    for each in expressions().values():
        held = bound(each)
        if held is not None:
            seen.add(held)
            assert max(seconds(each, make(held.characters), most=1) for make in texts(each)) < 0.25, each.where
    assert seen == set(BOUNDED.values())


def test_no_expression_is_put_together_out_of_sight() -> None:
    """One that is made of somebody's words would have to be tried with them."""
    hidden = {each.where for each in expressions().values() if each.module == UNKNOWN}
    assert hidden <= AT_RUN_TIME


def test_the_walk_finds_expressions_wherever_they_are_written() -> None:
    places = {each.where.partition(":")[0] for each in expressions().values()}
    assert {"unroller.core.titles.SENTENCE", "unroller.env", "accounts.webhooks.POLICY", "address thread"} <= places
    assert len(expressions()) > 250


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(\w|\d)*x", r"\s+$", r"^(a|aa)+$", r"(?:[a-z]+\.)+[a-z]+@"])
def test_one_that_explodes_is_found(pattern: str) -> None:
    assert explodes(Expression(pattern, 0, "re", frozenset({"search"}), "here"))
