"""Amounts of any currency, as people write them."""

import pytest

from billing.currencies import written


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (3000, "usd", "$30.00"),
        (5, "usd", "$0.05"),
        (450, "eur", "4.50 EUR"),
        (0, "gbp", "0.00 GBP"),
        (450, "jpy", "450 JPY"),
        (4500, "kwd", "4.500 KWD"),
        (500, "ugx", "5.00 UGX"),
        (101, "xyz", "1.01 XYZ"),
    ],
)
def test_an_amount_is_written_by_its_currency(amount: int, currency: str, words: str) -> None:
    assert written(amount, currency) == words
