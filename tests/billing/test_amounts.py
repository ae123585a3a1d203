"""Amounts as people write them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.amounts import LEAST, MOST, cents_of


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1", 100),
        ("7.5", 750),
        ("7.50", 750),
        ("$7.50", 750),
        ("$ 7", 700),
        (" 12 ", 1200),
        ("500", 50_000),
        ("500.00", 50_000),
    ],
)
def test_dollars_become_cents(text: str, cents: int) -> None:
    assert cents_of(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "0", "0.99", "0.999", "1.005", "-5", "+5", "NaN", "inf", "Infinity", "1e2", "1e9", "0x10", "1_0"),
        *("5,00", "1,000", "5.", ".50", "500.01", "501", "99999999999999999999", "007", "5 0", "5\n", "5\x00"),
        *("٥", "५", "５", "5€", "€5", "500 JPY", "¥500", "five", "5;6", "$$5", "5$", "5.0.0"),
    ],
)
def test_anything_else_is_refused_with_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Please give an amount between \$1 and \$500, such as 7 or 7\.50\.$"):
        cents_of(text)


@given(st.integers(LEAST, MOST))
def test_every_amount_between_is_taken_to_the_cent(cents: int) -> None:
    assert cents_of(f"{cents // 100}.{cents % 100:02d}") == cents


@given(st.text())
def test_no_text_gives_what_may_not_be_given(text: str) -> None:
    with suppress(ValueError):
        assert LEAST <= cents_of(text) <= MOST
