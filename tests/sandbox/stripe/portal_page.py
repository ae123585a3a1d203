"""The customer portal's pages: the home page, and the deep links that lead to one act."""

from collections.abc import Mapping
from html import escape

from ..wire import Json, Response
from . import customers, look, portal, portal_acts, subscriptions
from .cards import BEHAVIOURS
from .errors import Declined, invalid
from .front import Front

HOUR = 3600
"""How long a session's address is good for."""
REASONS = {
    "too_expensive": "It is too expensive",
    "missing_features": "Something is missing",
    "switched_service": "I found something else",
    "unused": "I do not use it",
    "other": "Another reason",
}


def show(stripe: Front, session_id: str, more: str) -> Response:
    session = session_of(stripe, session_id)
    if session["flow"] and more == "":
        return flow_page(stripe, session)
    return home(stripe, session)


def session_of(stripe: Front, session_id: str) -> Json:
    session = stripe.store.get("billing_portal.session", session_id, "session")
    if session["created"] + HOUR < stripe.now():
        raise invalid("This link has expired. Go back to the site and open the portal again.", "session")
    customers.living(stripe, session["customer"])
    return session


def features_of(stripe: Front, session: Json) -> Json:
    features: Json = portal.configuration_of(stripe, session["configuration"])["features"]
    return features


def home(stripe: Front, session: Json, problem: str = "") -> Response:
    features, action = features_of(stripe, session), f"/portal/{session['id']}/home"
    living = [each for each in subscriptions.of_customer(stripe, session["customer"]) if subscriptions.is_live(each)]
    parts = [look.alert(problem)]
    parts += [plan(stripe, session, each) for each in living] or ["<p>There is no current plan.</p>"]
    if features["payment_method_update"]["enabled"]:
        parts.append(f"<h2>Payment method</h2>{on_file(stripe, session)}{look.form(action, card_form())}")
    if may_change_email(features):
        parts.append(f"<h2>Billing information</h2>{look.form(action, email_form(stripe, session))}")
    if features["invoice_history"]["enabled"]:
        parts.append(f"<h2>Invoices</h2>{invoice_table(stripe, session['customer'])}")
    if session["return_url"]:
        parts.append(f"<p>{look.link(session['return_url'], 'Back to the site')}</p>")
    return look.page("Your plan", "".join(parts), 402 if problem else 200)


def plan(stripe: Front, session: Json, subscription: Json) -> str:
    """One subscription, with a button for each act that its configuration allows."""
    action = f"/portal/{session['id']}/home"
    named = f'<input type="hidden" name="subscription" value="{escape(subscription["id"])}">'
    state, buttons = outlook(stripe, session, subscription)
    texts = ", ".join(look.price_text(each["price"]) for each in items(subscription))
    status = "" if subscription["status"] == "active" else f" ({subscription['status'].replace('_', ' ')})"
    rows = "".join(f"<p>{each}</p>" for each in buttons)
    return look.form(action, f"{named}<p><strong>{escape(texts)}</strong>{escape(status)}<br>{state}</p>{rows}")


def outlook(stripe: Front, session: Json, subscription: Json) -> tuple[str, list[str]]:
    """What happens at the end of the period, and the buttons that change it."""
    features = features_of(stripe, session)
    if subscription["cancel_at"] or subscription["cancel_at_period_end"]:
        ends = subscription["cancel_at"] or portal_acts.period_end(subscription)
        return f"Ends on {look.day(ends)}.", [look.button("Resume plan", "resume", main=True)]
    buttons = []
    state = f"Renews on {look.day(portal_acts.period_end(subscription))}." if items(subscription) else ""
    if later := portal_acts.waiting(stripe, subscription):
        state = f"Changes to {escape(look.price_text(later[1]))} on {look.day(later[0])}."
        buttons.append(look.button("Keep current plan", "resume"))
    elif features["subscription_update"]["enabled"]:
        buttons += [switch_button(stripe, price) for price in others(stripe, session, subscription)]
    if features["subscription_cancel"]["enabled"]:
        buttons.append(look.button("Cancel plan", "cancel"))
    return state, buttons


def items(subscription: Json) -> list[Json]:
    found: list[Json] = subscription["items"]["data"]
    return found


def others(stripe: Front, session: Json, subscription: Json) -> list[Json]:
    """The prices that the portal offers instead of the present ones."""
    has = {each["price"]["id"] for each in items(subscription)}
    offered = portal.offered(portal.configuration_of(stripe, session["configuration"]))
    return [stripe.store.get("price", each) for each in offered if each not in has]


def switch_button(stripe: Front, price: Json) -> str:
    return look.button(f"Switch to {look.price_text(price)}", f"switch:{price['id']}")


def on_file(stripe: Front, session: Json) -> str:
    customer = stripe.store.get("customer", session["customer"], "customer")
    method = stripe.store.find("payment_method", customer["invoice_settings"]["default_payment_method"])
    if method is None:
        return ""
    return f"<p>Default: {escape(method['type'])} ending in {escape(method[method['type']]['last4'])}</p>"


def card_form() -> str:
    return f"<fieldset><legend>New card</legend>{look.cards()}</fieldset><p>{look.button('Update card', 'card')}</p>"


def may_change_email(features: Json) -> bool:
    wanted = features["customer_update"]
    return bool(wanted["enabled"] and "email" in wanted["allowed_updates"])


def email_form(stripe: Front, session: Json) -> str:
    known = escape(stripe.store.get("customer", session["customer"])["email"] or "")
    field = f'<label>Email <input type="email" name="email" value="{known}" required></label>'
    return f"{field}<p>{look.button('Update email', 'email')}</p>"


def invoice_table(stripe: Front, customer: str) -> str:
    invoices = [each for each in reversed(stripe.store.all("invoice")) if each["customer"] == customer]
    rows = "".join(
        f"<tr><td>{look.day(each['created'])}</td><td>{look.money(each['total'], each['currency'])}</td>"
        f"<td>{escape(str(each['status']))}</td><td>{view_link(each)}</td></tr>"
        for each in invoices
    )
    return f"<table>{rows}</table>" if rows else "<p>There are no invoices.</p>"


def view_link(invoice: Json) -> str:
    return look.link(f"/invoice/{invoice['id']}", "View invoice")


def flow_page(stripe: Front, session: Json, problem: str = "") -> Response:
    """A deep link: one question, one button."""
    flow, action = session["flow"], f"/portal/{session['id']}"
    kind = flow["type"]
    if kind == "payment_method_update":
        title, inside = "Update your card", card_form()
    elif kind == "subscription_cancel":
        title, inside = "Cancel your plan", cancel_form()
    elif kind == "subscription_update_confirm":
        title, inside = "Confirm your new plan", switch_form(stripe, flow[kind]["items"][0]["price"])
    else:
        return home(stripe, session, problem)
    back = f"<p>{look.link(session['return_url'], 'Back to the site')}</p>" if session["return_url"] else ""
    return look.page(title, look.alert(problem) + look.form(action, inside) + back, 402 if problem else 200)


def switch_form(stripe: Front, price_id: str) -> str:
    text = escape(look.price_text(stripe.store.get("price", price_id)))
    return f"<p>Your plan will be {text}.</p><p>{look.button('Confirm', f'switch:{price_id}', main=True)}</p>"


def cancel_form() -> str:
    choices = "".join(f'<option value="{name}">{escape(text)}</option>' for name, text in REASONS.items())
    reasons = f'<label>Why? <select name="feedback"><option value="">—</option>{choices}</select></label>'
    return f"{reasons}<p>{look.button('Cancel plan', 'cancel', main=True)}</p>"


def act(stripe: Front, session_id: str, more: str, fields: Mapping[str, str]) -> Response:
    """A button of the home page, or of the deep link, after which the browser goes where the flow says."""
    session = session_of(stripe, session_id)
    linked = session["flow"] is not None and more == ""
    try:
        perform(stripe, session, fields, linked=linked)
    except Declined as error:
        return flow_page(stripe, session, error.message) if linked else home(stripe, session, error.message)
    return after_flow(session) if linked else look.redirect(f"/portal/{session_id}/home")


def perform(stripe: Front, session: Json, fields: Mapping[str, str], *, linked: bool) -> None:
    """Raises `ApiError` 400 for what the configuration does not allow."""
    name, _, value = fields.get("act", "").partition(":")
    features, customer = features_of(stripe, session), session["customer"]
    needed = {"cancel": "subscription_cancel", "switch": "subscription_update", "card": "payment_method_update"}
    if name in needed and not features[needed[name]]["enabled"]:
        raise invalid("The portal does not offer this.", "act")
    chosen = chosen_subscription(stripe, session, fields, linked=linked)
    if name == "cancel":
        portal_acts.cancel(
            stripe, customer, subscription=chosen, features=features, feedback=fields.get("feedback", "")
        )
    elif name == "resume":
        portal_acts.resume(stripe, customer, chosen)
    elif name == "switch" and value in portal.offered(portal.configuration_of(stripe, session["configuration"])):
        portal_acts.switch(stripe, customer, price_id=value, subscription=chosen, features=features)
    elif name == "email" and may_change_email(features) and "@" in fields.get("email", ""):
        portal_acts.change_email(stripe, customer, fields["email"])
    elif name == "card" and fields.get("card") in BEHAVIOURS:
        stripe.portal_card(customer, fields["card"])
    else:
        raise invalid("There is no such button.", "act")


def chosen_subscription(stripe: Front, session: Json, fields: Mapping[str, str], *, linked: bool) -> Json | None:
    """The one that the form or the deep link names; it must be the customer's own."""
    flow = session["flow"] or {}
    details = flow.get(flow.get("type")) if linked else None
    subscription_id = (details or {}).get("subscription") or fields.get("subscription")
    found = stripe.store.find("subscription", subscription_id)
    return found if found and found["customer"] == session["customer"] else None


def after_flow(session: Json) -> Response:
    completion = session["flow"]["after_completion"]
    if completion["type"] == "redirect":
        return look.redirect(completion["redirect"]["return_url"])
    if completion["type"] == "hosted_confirmation":
        words = (completion["hosted_confirmation"] or {}).get("custom_message") or "Your change has been made."
        return look.page("Done", f"<p>{escape(words)}</p>")
    return look.redirect(f"/portal/{session['id']}/home")
