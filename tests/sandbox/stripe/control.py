"""What a test or the panel asks an account to do: one name and its fields, as a person or a bank would act.

`POST /_sandbox/stripe` {"do": name, fields…}. Sessions, customers and so on are named by their ids:
`pay` {session, card?, email?, promotion_code?} · `approve`, `refuse` {of} (3-D Secure of a session or an invoice) ·
`settle` {session, ok?} · `expire` {session} · `pay-invoice` {invoice, card?} · `renew` {subscription} (the clock goes
to the end of its period) · `set-card` {customer, card} · `portal-cancel`, `portal-resume` {customer} ·
`portal-switch` {customer, price} · `portal-card` {customer, card?} · `refund` {charge, amount?} · `fail-refund`
{refund} · `dispute` {charge, status?} · `change-dispute` {dispute, status} · `warn-of-fraud` {charge} ·
`delete-customer` {customer} · `edit-customer` {customer, fields} · `cancel` {subscription, at_period_end?} · `change`
{kind, id, fields} · `objects` {kind} · `events` {type?} · `tries` {type?} · `webhook-fault` {kind, times?, type?,
seconds?, copies?} · `clear-webhook-faults` · `pause-webhooks` {paused} · `resend` {event} · `roll-secret`,
`forget-old-secret` {endpoint} · `fail-call` {method?, path?} (a 500 that an idempotency key remembers) · `tick`.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from ..wire import Json
from .errors import ApiError, Declined
from .state import Stripe

Act = Callable[..., Any]


def act(stripe: Stripe, body: Json) -> Json:
    """Does what is asked; `result` is what came of it. Raises ValueError with the reason when it cannot be done."""
    fields = dict(body)
    name = fields.pop("do", "")
    if name not in ACTS:
        raise ValueError(f"the pretend Stripe cannot {name!r}")
    try:
        return {"result": ACTS[name](stripe, **fields)}
    except Declined as declined:
        raise ValueError(f"{declined.code}: {declined.message}") from declined
    except ApiError as error:
        raise ValueError(error.error["message"]) from error


def renew(stripe: Stripe, subscription: str) -> Json:
    """The clock goes just past the end of the current period, and what is due happens."""
    found = stripe.store.get("subscription", subscription)
    end = max(item["current_period_end"] for item in found["items"]["data"])
    stripe.ground.clock.advance(timedelta(seconds=max(0, end + 1 - stripe.now())))
    stripe.tick()
    return stripe.store.get("subscription", subscription)


def webhook_fault(stripe: Stripe, **fields: Any) -> Json:
    return asdict(stripe.deliveries.faults.add(**fields))


def pause_webhooks(stripe: Stripe, paused: bool = True) -> None:
    stripe.deliveries.paused = paused


def events(stripe: Stripe, type: str = "") -> list[Json]:  # noqa: A002 - Stripe's own word
    return stripe.events.all(type)


def tries(stripe: Stripe, type: str = "") -> list[Json]:  # noqa: A002 - Stripe's own word
    return [{**asdict(one), "at": one.at.isoformat()} for one in stripe.deliveries.tries(type)]


def edit_customer(stripe: Stripe, customer: str, fields: Json) -> None:
    stripe.edit_customer(customer, **fields)


def change(stripe: Stripe, kind: str, id: str, fields: Json) -> Json:  # noqa: A002 - Stripe's own word
    return stripe.change(kind, id, **fields)


def fail_call(stripe: Stripe, method: str = "", path: str = "") -> None:
    stripe.failures.append((method, path))


ACTS: dict[str, Act] = {
    "pay": lambda stripe, session, **more: stripe.pay(session, **more),
    "approve": lambda stripe, of: stripe.approve_3ds(of),
    "refuse": lambda stripe, of: stripe.refuse_3ds(of),
    "settle": lambda stripe, session, ok=True: stripe.settle(session, ok=ok),
    "expire": lambda stripe, session: stripe.expire(session),
    "pay-invoice": lambda stripe, invoice, card="works": stripe.pay_invoice(invoice, card),
    "renew": renew,
    "set-card": lambda stripe, customer, card: stripe.set_card(customer, card),
    "portal-cancel": lambda stripe, customer: stripe.portal_cancel(customer),
    "portal-resume": lambda stripe, customer: stripe.portal_resume(customer),
    "portal-switch": lambda stripe, customer, price: stripe.portal_switch(customer, price),
    "portal-card": lambda stripe, customer, card="works": stripe.portal_card(customer, card),
    "refund": lambda stripe, charge, amount=None: stripe.refund(charge, amount),
    "fail-refund": lambda stripe, refund: stripe.fail_refund(refund),
    "dispute": lambda stripe, charge, status="needs_response": stripe.dispute(charge, status),
    "change-dispute": lambda stripe, dispute, status: stripe.change_dispute(dispute, status),
    "warn-of-fraud": lambda stripe, charge: stripe.warn_of_fraud(charge),
    "delete-customer": lambda stripe, customer: stripe.delete_customer(customer),
    "edit-customer": edit_customer,
    "cancel": lambda stripe, subscription, **more: stripe.cancel(subscription, **more),
    "change": change,
    "objects": lambda stripe, kind: stripe.store.all(kind),
    "events": events,
    "tries": tries,
    "webhook-fault": webhook_fault,
    "clear-webhook-faults": lambda stripe: stripe.deliveries.faults.clear(),
    "pause-webhooks": pause_webhooks,
    "resend": lambda stripe, event: stripe.deliveries.resend(event),
    "roll-secret": lambda stripe, endpoint: stripe.events.secrets.roll(endpoint),
    "forget-old-secret": lambda stripe, endpoint: stripe.events.secrets.forget_old(endpoint),
    "fail-call": fail_call,
    "tick": lambda stripe: stripe.tick(),
}
