"""The API of payment intents, setup intents and charges."""

from ..wire import Json
from . import cards, money, payments
from .balance import merged
from .book import Book, letters
from .catalog import write
from .errors import ApiError, invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new

MINIMUM = 50
"""Cents: Stripe takes no smaller payment in dollars."""
LARGEST = 99_999_999
FACTS = ("description", "receipt_email", "setup_future_usage", "statement_descriptor")


def create_intent(call: Call) -> Json:
    params, book = call.params, call.book
    check_amount(params["amount"])
    if "customer" in params:
        book.store.named("customer", params["customer"], "customer")
    facts = {name: params[name] for name in FACTS if name in params}
    intent = money.create(
        book,
        amount=params["amount"],
        currency=params["currency"],
        customer=params.get("customer"),
        metadata=merged({}, params.get("metadata")),
        **facts,
    )
    if method := params.get("payment_method"):
        intent |= {"payment_method": cards.named(book, method)["id"], "status": "requires_confirmation"}
    return confirmed(book, intent, params) if params.get("confirm") else intent


def check_amount(amount: int) -> None:
    if amount < MINIMUM:
        raise invalid("Amount must be at least $0.50 usd", "amount", "amount_too_small")
    if amount > LARGEST:
        raise invalid("Amount must be no more than $999,999.99", "amount", "amount_too_large")


def confirmed(book: Book, intent: Json, params: Json) -> Json:
    """402 when the bank refuses."""
    method = params.get("payment_method") and cards.named(book, params["payment_method"])["id"]
    method = method or intent["payment_method"]
    if not method:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    payments.confirm(book, intent, method, off_session=bool(params.get("off_session")))
    if intent["status"] == "requires_payment_method":
        error = {name: value for name, value in money.DECLINED.items() if name not in ("message", "type", "doc_url")}
        raise ApiError(402, money.DECLINED["message"], type="card_error", stored=True, payment_intent=intent, **error)
    return intent


def get_intent(call: Call) -> Json:
    return call.book.store.get("payment_intent", call.id, "intent")


def confirm_intent(call: Call) -> Json:
    return confirmed(call.book, get_intent(call), call.params)


def update_intent(call: Call) -> Json:
    values = {name: call.params[name] for name in ("amount", *FACTS) if name in call.params}
    return write(call.book, get_intent(call), values, call.params)


def cancel_intent(call: Call) -> Json:
    intent = get_intent(call)
    payments.expect(intent, "requires_payment_method", "requires_confirmation", "requires_action", "requires_capture")
    money.cancel(call.book, intent, call.params.get("cancellation_reason"))
    return intent


def find_intents(call: Call) -> Json:
    return page(
        "/v1/payment_intents", within(call.book.store.all("payment_intent"), call.params, "customer"), call.params
    )


def get_charge(call: Call) -> Json:
    return call.book.store.get("charge", call.id, "charge")


def update_charge(call: Call) -> Json:
    values = {name: call.params[name] for name in ("description", "receipt_email") if name in call.params}
    return write(call.book, get_charge(call), values, call.params)


def find_charges(call: Call) -> Json:
    rows = within(call.book.store.all("charge"), call.params, "customer", "payment_intent")
    return page("/v1/charges", rows, call.params)


def create_setup(call: Call) -> Json:
    params, book = call.params, call.book
    id = book.new_id("seti")  # noqa: A001 - Stripe's word
    setup = book.store.put(
        new(
            "setup_intent",
            id=id,
            automatic_payment_methods={"enabled": True, "allow_redirects": "always"},
            client_secret=f"{id}_secret_{letters(24)}",
            created=book.now(),
            customer=params.get("customer"),
            description=params.get("description"),
            metadata=merged({}, params.get("metadata")),
            payment_method_types=["card"],
            status="requires_payment_method",
            usage=params.get("usage", "off_session"),
        )
    )
    book.events.emit("setup_intent.created", setup)
    if method := params.get("payment_method"):
        setup |= {"payment_method": cards.named(book, method)["id"], "status": "requires_confirmation"}
    return set_up(book, setup) if params.get("confirm") else setup


def set_up(book: Book, setup: Json) -> Json:
    if not setup["payment_method"]:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.")
    method = book.store.get("payment_method", setup["payment_method"])
    if cards.outcome(book, method["id"], off_session=False) == "declined":
        raise ApiError(402, money.DECLINED["message"], type="card_error", code="card_declined", stored=True)
    method["customer"] = setup["customer"]
    setup["status"] = "succeeded"
    book.events.emit("setup_intent.succeeded", setup)
    return setup


def confirm_setup(call: Call) -> Json:
    setup = get_setup(call)
    if "payment_method" in call.params:
        setup["payment_method"] = cards.named(call.book, call.params["payment_method"])["id"]
    return set_up(call.book, setup)


def get_setup(call: Call) -> Json:
    return call.book.store.get("setup_intent", call.id, "intent")


def find_setups(call: Call) -> Json:
    return page("/v1/setup_intents", within(call.book.store.all("setup_intent"), call.params, "customer"), call.params)


OPERATIONS = (
    Operation("POST", "payment_intents", "PaymentIntentCreateParams", create_intent),
    Operation("GET", "payment_intents", "PaymentIntentListParams", find_intents),
    Operation("GET", "payment_intents/{}", "PaymentIntentRetrieveParams", get_intent),
    Operation("POST", "payment_intents/{}", "PaymentIntentUpdateParams", update_intent),
    Operation("POST", "payment_intents/{}/confirm", "PaymentIntentConfirmParams", confirm_intent),
    Operation("POST", "payment_intents/{}/cancel", "PaymentIntentCancelParams", cancel_intent),
    Operation("GET", "charges", "ChargeListParams", find_charges),
    Operation("GET", "charges/{}", "ChargeRetrieveParams", get_charge),
    Operation("POST", "charges/{}", "ChargeUpdateParams", update_charge),
    Operation("POST", "setup_intents", "SetupIntentCreateParams", create_setup),
    Operation("GET", "setup_intents", "SetupIntentListParams", find_setups),
    Operation("GET", "setup_intents/{}", "SetupIntentRetrieveParams", get_setup),
    Operation("POST", "setup_intents/{}/confirm", "SetupIntentConfirmParams", confirm_setup),
)
