"""The panel at `/`: the account at a glance, a button for whatever persons, banks or bad luck may do, and the clock."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs

from ..faults import Faults
from ..mail.page import page
from ..wire import Json, Request, Response, html_response
from .cards import BEHAVIOURS
from .control import act
from .state import Stripe
from .webhook_faults import KINDS

SHOWN = 25
LEAPS = {"an hour": 1, "a day": 24, "a week": 7 * 24, "a month": 31 * 24, "a year": 366 * 24}
CALL_FAULTS = {
    "error": "500",
    "rate-limited": "429",
    "keep-and-close": "done, but no answer comes",
    "close": "not done, no answer",
    "hang": "not done, hangs",
}
DISPUTE_STATUSES = ("needs_response", "under_review", "won", "lost", "warning_closed", "prevented")
READERS: dict[str, Callable[[str], Any]] = {
    "times": int,
    "copies": int,
    "amount": int,
    "seconds": float,
    **dict.fromkeys(("ok", "paused", "at_period_end"), lambda text: text == "true"),
}
"""How a field of a form that is no text is read."""


class Panel:
    """`GET /` shows, `POST /do` acts and leads back; what cannot be done is said at the top."""

    def __init__(self, stripe: Stripe, faults: Faults) -> None:
        self._stripe, self._faults = stripe, faults

    def __call__(self, request: Request) -> Response:
        if request.method == "POST" and request.path == "/do":
            return self._do({name: values[0] for name, values in parse_qs(request.body.decode()).items()})
        if request.path != "/":
            return html_response(page("Not here", "<p>Nothing is here. <a href='/'>The panel</a></p>"), 404)
        return html_response(page("Stripe", self._all()))

    def _do(self, fields: dict[str, str]) -> Response:
        try:
            read = {name: READERS.get(name, str)(value) for name, value in fields.items()}
            if read["do"] == "advance":
                self._stripe.ground.clock.advance(timedelta(seconds=read["seconds"]))
                self._stripe.tick()
            elif read["do"] == "call-fault":
                status = 500 if read["kind"] == "error" else 429
                path = read.get("path", "/v1/")
                self._faults.add("stripe", read["kind"], times=read["times"], path=path, status=status)
            elif read["do"] == "clear-call-faults":
                self._faults.clear()
            else:
                act(self._stripe, read)
        except (LookupError, TypeError, ValueError) as error:
            return html_response(page("Stripe", f'<p class="again">{escape(str(error))}</p>{self._all()}'), 400)
        return Response(303, headers={"Location": "/"})

    def _all(self) -> str:
        parts = (
            "<h1>Stripe</h1>",
            self._clock(),
            self._checkouts(),
            self._customers(),
            self._subscriptions(),
            self._invoices(),
            self._charges(),
            self._refunds(),
            self._disputes(),
            self._calls(),
            self._webhooks(),
        )
        return "".join(parts)

    # Money and those who pay it

    def _clock(self) -> str:
        leaps = "".join(button(words, do="advance", seconds=hours * 3600) for words, hours in LEAPS.items())
        return f"<p>It is {moment(self._stripe.now())}. Go on by: {leaps}</p>"

    def _checkouts(self) -> str:
        def row(session: Json) -> list[str]:
            acts = ""
            if session["status"] == "open":
                address = f'<a href="{escape(session["url"])}">pay page</a> '
                acts = address + button("Let it expire", do="expire", session=session["id"])
            elif session["payment_status"] == "unpaid":
                acts = button("The money arrives", do="settle", session=session["id"], ok="true")
                acts += button("It never arrives", do="settle", session=session["id"], ok="false")
            return [session["id"], session["mode"], f"{session['status']}, {session['payment_status']}", acts]

        return self._table("Checkout", "checkout.session", ("Session", "Mode", "State", ""), row)

    def _customers(self) -> str:
        def row(customer: Json) -> list[str]:
            card = form("Put on file", select("card", BEHAVIOURS), do="set-card", customer=customer["id"])
            acts = card + button("Delete", do="delete-customer", customer=customer["id"])
            if customer.get("deleted"):
                return [customer["id"], "deleted", ""]
            return [customer["id"], customer["email"] or "", acts]

        return self._table("Customers", "customer", ("Customer", "E-mail", "Card, and more"), row)

    def _subscriptions(self) -> str:
        def row(subscription: Json) -> list[str]:
            named = {"subscription": subscription["id"]}
            ends = [item["current_period_end"] for item in subscription["items"]["data"]]
            acts = button("Next renewal", do="renew", **named)
            acts += button("Cancel at period end", do="cancel", at_period_end="true", **named)
            acts += button("Cancel now", do="cancel", **named)
            state = subscription["status"]
            if subscription["cancel_at"]:
                state += f", ends {moment(subscription['cancel_at'])}"
            alive = state != "canceled"
            return [
                subscription["id"],
                subscription["customer"],
                state,
                moment(max(ends, default=0)),
                acts if alive else "",
            ]

        heads = ("Subscription", "Customer", "State", "Period ends", "")
        return self._table("Subscriptions", "subscription", heads, row)

    def _invoices(self) -> str:
        def row(invoice: Json) -> list[str]:
            address = escape(invoice["hosted_invoice_url"] or "")
            link = f'<a href="{address}">page</a>' if address else ""
            return [invoice["id"], invoice["customer"], amount(invoice, "amount_due"), invoice["status"], link]

        return self._table("Invoices", "invoice", ("Invoice", "Customer", "Due", "State", ""), row)

    def _charges(self) -> str:
        def row(charge: Json) -> list[str]:
            named = {"charge": charge["id"]}
            acts = button("Refund", do="refund", **named)
            acts += button("Dispute", do="dispute", status="needs_response", **named)
            acts += button("Inquiry", do="dispute", status="warning_needs_response", **named)
            acts += button("Fraud warning", do="warn-of-fraud", **named)
            state = f"{charge['status']}, {amount(charge, 'amount_refunded')} given back"
            paid = charge["status"] == "succeeded"
            return [charge["id"], charge["customer"] or "", amount(charge, "amount"), state, acts if paid else ""]

        return self._table("Charges", "charge", ("Charge", "Customer", "Amount", "State", ""), row)

    def _refunds(self) -> str:
        def row(refund: Json) -> list[str]:
            acts = button("It fails after all", do="fail-refund", refund=refund["id"])
            return [refund["id"], refund["charge"] or "", amount(refund, "amount"), refund["status"], acts]

        return self._table("Refunds", "refund", ("Refund", "Charge", "Amount", "State", ""), row)

    def _disputes(self) -> str:
        def row(dispute: Json) -> list[str]:
            choice = select("status", DISPUTE_STATUSES)
            acts = form("Becomes this", choice, do="change-dispute", dispute=dispute["id"])
            return [dispute["id"], dispute["charge"], amount(dispute, "amount"), dispute["status"], acts]

        return self._table("Disputes", "dispute", ("Dispute", "Charge", "Amount", "State", ""), row)

    # Bad luck

    def _calls(self) -> str:
        fields = select("kind", CALL_FAULTS, words=CALL_FAULTS) + number("times", 1) + text("path", "/v1/")
        return (
            f"<h2>The next calls of the API</h2><p>{form('Fail so', fields, do='call-fault')}"
            f"{button('Fail no more', do='clear-call-faults')}"
            f"{button('One 500 that its idempotency key remembers', do='fail-call')}</p>"
        )

    def _webhooks(self) -> str:
        deliveries = self._stripe.deliveries
        fields = select("kind", KINDS) + number("times", 1) + number("seconds", 3) + text("type", "*")
        switch = button("Send on", do="pause-webhooks", paused="false") if deliveries.paused else ""
        switch = switch or button("Hold them back", do="pause-webhooks", paused="true")
        waiting = "".join(
            f"<li>{fault.kind}, {fault.times} times, {escape(fault.type)}</li>" for fault in deliveries.faults.waiting()
        )
        tries = "".join(
            f"<tr><td>{escape(one.type)}<td>{one.number}<td>{one.status or escape(one.error)}<td>{one.fault}"
            f"<td>{button('Again', do='resend', event=one.event)}</tr>"
            for one in deliveries.tries()[: -SHOWN - 1 : -1]
        )
        endpoints = "".join(f"<li>{escape(each['url'])}</li>" for each in self._stripe.store.all("webhook_endpoint"))
        return (
            f"<h2>Webhooks</h2><ul>{endpoints or '<li>Nobody wants to be told.</li>'}</ul>"
            f"<p>{form('Spoil so', fields, do='webhook-fault')}"
            f"{button('Spoil no more', do='clear-webhook-faults')}{switch}</p>"
            f"<ul>{waiting}</ul><table><tr><th>Event<th>Try<th>Answer<th>Fault<th></tr>{tries}</table>"
        )

    def _table(self, title: str, kind: str, heads: Iterable[str], row: Callable[[Json], list[str]]) -> str:
        """The newest objects of a kind; nothing where there is none. The last cell is markup, the others are text."""
        found = self._stripe.store.all(kind)[: -SHOWN - 1 : -1]
        if not found:
            return ""
        head = "".join(f"<th>{each}" for each in heads)
        rows = "".join(cells(row(each)) for each in found)
        return f"<h2>{title}</h2><table><tr>{head}</tr>{rows}</table>"


def cells(values: list[str]) -> str:
    *texts, markup = values
    return f"<tr>{''.join(f'<td>{escape(each)}' for each in texts)}<td>{markup}</tr>"


def moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def amount(obj: Json, field: str) -> str:
    return f"{obj[field] / 100:.2f} {obj['currency'].upper()}"


def button(words: str, **fields: object) -> str:
    return form(words, "", **fields)


def form(words: str, inside: str, **fields: object) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(value))}">' for name, value in fields.items()
    )
    return f'<form method="post" action="/do" style="display:inline">{hidden}{inside}<button>{words}</button></form> '


def select(name: str, values: Iterable[str], *, words: dict[str, str] | None = None) -> str:
    options = "".join(f'<option value="{each}">{(words or {}).get(each, each)}</option>' for each in values)
    return f'<select name="{name}" aria-label="{name}">{options}</select>'


def number(name: str, value: int) -> str:
    return f'<input type="number" name="{name}" value="{value}" aria-label="{name}" style="width:4rem">'


def text(name: str, value: str) -> str:
    return f'<input name="{name}" value="{escape(value)}" aria-label="{name}">'
