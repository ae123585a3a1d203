"""Amounts of any currency in words: prices at Stripe may have been in another one."""

from billing.plans import CURRENCY, dollars

WITHOUT_CENTS = frozenset(
    {"bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"}
)
"""What Stripe counts in whole units. It counts ISK and UGX in hundredths, though neither has any."""
THOUSANDTHS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})


def written(amount: int, currency: str) -> str:
    """`$3.00` for our own currency, `4.50 EUR` and `450 JPY` for others. `amount`, of 0 or more, is in minor units."""
    if currency == CURRENCY:
        return dollars(amount)
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in THOUSANDTHS else 2
    whole, rest = divmod(amount, 10**digits)
    return f"{whole}.{rest:0{digits}d} {currency.upper()}" if digits else f"{whole} {currency.upper()}"
