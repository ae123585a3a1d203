"""Plans are data: what is sold is guarded somewhere, shown, and documented."""

import re
from pathlib import Path

import pytest

from billing import keys, plans
from billing.plans import FREE, PREMIUM, Feature, Limit

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("each", [*Feature, *Limit], ids=str)
def test_everything_that_plans_name_is_asked_for_somewhere(each: Feature | Limit) -> None:
    sources = (path.read_text() for app in ("unroller", "accounts", "billing") for path in (ROOT / app).rglob("*.py"))
    name = re.escape(f"{type(each).__name__}.{each.name}")
    asked = re.compile(rf"(?:\.allows|\.limit|requires|offer)\([^()]*{name}\b")
    assert any(asked.search(source) for source in sources), f"nothing asks for {each}"


@pytest.mark.parametrize("each", [*Feature, *Limit], ids=str)
def test_everything_that_plans_name_is_a_line_of_the_comparison(each: Feature | Limit) -> None:
    assert [row.about for row in plans.comparison()].count(each) == 1


def test_the_comparison_is_in_the_documentation_as_it_is_on_the_page() -> None:
    document = (ROOT / "docs" / "billing.md").read_text()
    for row in plans.comparison():
        assert f"| {row.label} | {row.free} | {row.premium} |" in document
    for price in plans.PRICES.values():
        assert plans.dollars(price.cents) in document


def test_premium_has_more_of_everything() -> None:
    assert FREE.features < PREMIUM.features == frozenset(Feature)
    assert all(FREE.limit(limit) < PREMIUM.limit(limit) for limit in Limit)


def test_prices_are_those_of_the_product() -> None:
    assert [(price.key, plans.dollars(price.cents)) for price in plans.PRICES.values()] == [
        ("year", "$30.00"),
        ("month", "$3.00"),
    ]
    assert plans.months_free() == 2


@pytest.mark.parametrize(
    ("key", "host", "may"),
    [
        ("", "https://anywhere.example", True),
        ("sk_live_1", "https://api.stripe.com", True),
        ("rk_live_1", "https://api.stripe.com", True),
        ("sk_test_1", "https://api.stripe.com", True),
        ("sk_test_1", "http://127.0.0.1:4242", True),
        ("rk_test_1", "http://localhost:4242", True),
        ("sk_test_1", "http://[::1]:4242", True),
        ("sk_live_1", "http://127.0.0.1:4242", False),
        ("rk_live_1", "https://api.stripe.com.example", False),
        ("sk_live_1", "http://api.stripe.com", False),
        ("sk_test_1", "https://stripe.example", False),
        ("sk_test_1", "http://127.0.0.1.example", False),
        ("pk_test_1", "https://api.stripe.com", False),
        ("anything", "http://127.0.0.1:4242", False),
    ],
)
def test_keys_and_hosts(key: str, host: str, may: bool) -> None:
    refusal = keys.refusal(key, host)
    assert (refusal == "") is may
    assert not key or key == "anything" or key not in refusal
