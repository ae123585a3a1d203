"""How Stripe's pretend pages look: one frame, forms that work without script, money and dates in words."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from ..wire import Json, Response, html_response
from .cards import BEHAVIOURS

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 1.4rem } h2 { font-size: 1.1rem; margin-top: 2rem }
section, form.card { border: 1px solid #8886; border-radius: .6rem; padding: 1rem; margin: 1rem 0 }
label { display: block; margin: .4rem 0 }
input[type=text], input[type=email], select { font: inherit; padding: .4rem; width: 100%; box-sizing: border-box }
button { font: inherit; padding: .5rem 1rem; border-radius: .4rem; border: 1px solid #8886; cursor: pointer }
button.main { background: #4b45c6; border-color: #4b45c6; color: #fff; font-weight: 600; width: 100% }
table { border-collapse: collapse; width: 100% }
td, th { text-align: start; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8884 }
[role=alert] { border: 2px solid #c0392b; border-radius: .4rem; padding: .6rem 1rem }
.note { opacity: .7; font-size: .9rem }
"""
CARD_TEXTS = {
    "works": "Card 4242 works",
    "declined": "Card 0341 is declined",
    "3ds": "Card 3184 asks for 3-D Secure",
    "delayed": "Bank debit: the money comes days later",
    "works-then-declined": "Card works now, renewals are declined",
    "works-then-3ds": "Card works now, renewals ask for 3-D Secure",
}
ZERO_DECIMAL = frozenset({"jpy", "krw", "vnd", "clp", "xaf", "xof"})


def page(title: str, body: str, status: int = 200) -> Response:
    """A whole page; it is kept nowhere, since its address is a key."""
    response = html_response(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f'<p class="note">Pretend Stripe. No money moves here.</p><main><h1>{escape(title)}</h1>'
        f"{body}</main></body></html>",
        status,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def redirect(url: str) -> Response:
    return Response(303, headers={"Location": url, "Cache-Control": "no-store"})


def alert(message: str) -> str:
    return f'<p role="alert">{escape(message)}</p>' if message else ""


def money(amount: int, currency: str) -> str:
    """`$3.00`, `¥500`, `12.00 eur`: the smallest unit as people write it."""
    if currency in ZERO_DECIMAL:
        return f"{amount:,} {currency}"
    sign = "-" if amount < 0 else ""
    written = f"{abs(amount) // 100:,}.{abs(amount) % 100:02d}"
    return f"{sign}${written}" if currency == "usd" else f"{sign}{written} {currency}"


def day(moment: int | None) -> str:
    """A day in UTC, e.g. `3 May 2027`."""
    if moment is None:
        return "—"
    when = datetime.fromtimestamp(moment, UTC)
    return f"{when.day} {when:%B %Y}"


def price_text(price: Json) -> str:
    """`$3.00 / month`."""
    recurring = price["recurring"]
    text = money(price["unit_amount"], price["currency"])
    if not recurring:
        return text
    count = recurring["interval_count"]
    return f"{text} / {recurring['interval']}" if count == 1 else f"{text} / {count} {recurring['interval']}s"


def cards(chosen: str = "works", ways: Sequence[str] = ("card", "us_bank_account")) -> str:
    """The radio buttons of the field `card`, of the ways to pay that are taken."""
    offered = [name for name in BEHAVIOURS if ("us_bank_account" if name == "delayed" else "card") in ways]
    return "".join(
        f'<label><input type="radio" name="card" value="{name}"{" checked" if name == chosen else ""}> '
        f"{escape(CARD_TEXTS[name])}</label>"
        for name in offered
    )


def button(text: str, act: str, *, main: bool = False, free: bool = False) -> str:
    """A button of the field `act`; a free one does not mind what else is filled in."""
    kind = ' class="main"' if main else ""
    return f'<button name="act" value="{escape(act)}"{kind}{" formnovalidate" if free else ""}>{escape(text)}</button>'


def form(action: str, inside: str) -> str:
    return f'<form class="card" method="post" action="{escape(action)}">{inside}</form>'


def link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'
