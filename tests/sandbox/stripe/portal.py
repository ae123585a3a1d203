"""The customer portal: its configurations, and the sessions that lead a customer there."""

from typing import Any

from ..wire import Json
from . import checkout_rules
from .balance import merged
from .book import Book
from .errors import ApiError, invalid
from .paging import page, within
from .routes import Call, Operation
from .shapes import new
from .subscriptions import is_live

FLOW_FEATURES = {
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_update": "subscription_update",
    "subscription_update_confirm": "subscription_update",
    "subscription_pause": "subscription_pause",
}
"""Deep link → the feature that it needs."""
MOST_PRODUCTS = 10


def create_configuration(call: Call) -> Json:
    book, params = call.book, call.params
    check_urls(params)
    configuration = new(
        "billing_portal.configuration",
        id=book.new_id("bpc"),
        active=True,
        business_profile=params.get("business_profile") or {},
        created=book.now(),
        default_return_url=params.get("default_return_url") or None,
        features=features(book, params["features"], {}),
        login_page=login_page(book, params),
        metadata=params.get("metadata", {}),
        name=params.get("name") or None,
        updated=book.now(),
    )
    book.events.emit("billing_portal.configuration.created", configuration)
    return book.store.put(configuration)


def check_urls(params: Json) -> None:
    checkout_rules.check_url(params.get("default_return_url") or None, "default_return_url")
    for name in ("privacy_policy_url", "terms_of_service_url"):
        url = (params.get("business_profile") or {}).get(name)
        checkout_rules.check_url(url or None, f"business_profile[{name}]")


def login_page(book: Book, params: Json) -> Json:
    enabled = params.get("login_page", {}).get("enabled", False)
    return {"enabled": enabled, "url": f"{book.url}/portal/login" if enabled else None}


def features(book: Book, wanted: Json, before: Json) -> Json:
    """The features after a create or an update: what is not named stays, or is off. Raises `ApiError` 400."""
    made = {
        name: {**value, **{key: each for key, each in wanted.get(name, {}).items() if key != "products"}}
        for name, value in defaults(before).items()
    }
    update = wanted.get("subscription_update", {})
    if update.get("products"):
        made["subscription_update"]["products"] = [product(book, each) for each in update["products"]]
    elif update.get("products") == "":
        made["subscription_update"]["products"] = None
    for name in ("default_allowed_updates",):
        made["subscription_update"][name] = made["subscription_update"][name] or []
    made["customer_update"]["allowed_updates"] = made["customer_update"]["allowed_updates"] or []
    check_features(made)
    return made


def defaults(before: Json) -> dict[str, dict[str, Any]]:
    """The features as they are, or as Stripe has them where nobody says."""
    start: dict[str, dict[str, Any]] = {
        "customer_update": {"allowed_updates": [], "enabled": False},
        "invoice_history": {"enabled": False},
        "payment_method_update": {"enabled": False},
        "subscription_cancel": {"enabled": False, "mode": "at_period_end", "proration_behavior": "none"},
        "subscription_pause": {"enabled": False},
        "subscription_update": {
            "default_allowed_updates": [],
            "enabled": False,
            "proration_behavior": "none",
            "schedule_at_period_end": {"conditions": []},
            "trial_update_behavior": "end_trial",
        },
    }
    return {name: {**value, **before.get(name, {})} for name, value in start.items()}


def product(book: Book, wanted: Json) -> Json:
    """A product whose prices one may switch between; they must exist and belong to it."""
    where = "features[subscription_update][products]"
    if book.store.find("product", wanted["product"]) is None:
        raise ApiError(400, f"No such product: '{wanted['product']}'", code="resource_missing", param=where)
    for price_id in wanted["prices"]:
        price = book.store.find("price", price_id)
        if price is None or price["product"] != wanted["product"]:
            raise ApiError(400, f"No such price: '{price_id}'", code="resource_missing", param=where)
    quantity = {"enabled": False, "maximum": None, "minimum": 1, **wanted.get("adjustable_quantity", {})}
    return {"adjustable_quantity": quantity, "prices": wanted["prices"], "product": wanted["product"]}


def check_features(made: Json) -> None:
    update = made["subscription_update"]
    if made["customer_update"]["enabled"] and not made["customer_update"]["allowed_updates"]:
        where = "features[customer_update][allowed_updates]"
        raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    if not update["enabled"]:
        return
    for name in ("default_allowed_updates", "products"):
        if not update.get(name):
            where = f"features[subscription_update][{name}]"
            raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    if len(update["products"]) > MOST_PRODUCTS:
        raise invalid(f"At most {MOST_PRODUCTS} products.", "features[subscription_update][products]")


def update_configuration(call: Call) -> Json:
    book, params = call.book, call.params
    found = configuration_of(book, call.id)
    check_urls(params)
    whole = new(
        "billing_portal.configuration",
        features=features(book, params.get("features", {}), found["features"]),
        business_profile={**found["business_profile"], **(params.get("business_profile") or {})},
    )
    found |= {"features": whole["features"], "business_profile": whole["business_profile"], "updated": book.now()}
    if "active" in params:
        found["active"] = params["active"]
    for name in ("default_return_url", "name"):
        if name in params:
            found[name] = params[name] or None
    if "login_page" in params:
        found["login_page"] = login_page(book, params)
    found["metadata"] = merged(found["metadata"], params.get("metadata"))
    book.events.emit("billing_portal.configuration.updated", found, previous={})
    return found


def configuration_of(book: Book, configuration_id: str) -> Json:
    return book.store.get("billing_portal.configuration", configuration_id, "configuration")


def retrieve_configuration(call: Call) -> Json:
    return configuration_of(call.book, call.id)


def list_configurations(call: Call) -> Json:
    rows = within(call.book.store.all("billing_portal.configuration"), call.params, "active", "is_default")
    return page("/v1/billing_portal/configurations", rows, call.params)


def create_session(call: Call) -> Json:
    book, params = call.book, call.params
    customer = book.store.find("customer", params.get("customer"))
    if "customer" not in params:
        raise invalid("Missing required param: customer.", "customer", "parameter_missing")
    if customer is None or customer.get("deleted"):
        raise ApiError(400, f"No such customer: '{params['customer']}'", code="resource_missing", param="customer")
    checkout_rules.check_url(params.get("return_url"), "return_url")
    configuration = chosen_configuration(book, params.get("configuration"))
    session_id = book.new_id("bps")
    session = new(
        "billing_portal.session",
        id=session_id,
        configuration=configuration["id"],
        created=book.now(),
        customer=customer["id"],
        flow=flow(book, customer, configuration, params["flow_data"]) if "flow_data" in params else None,
        locale=params.get("locale"),
        return_url=params.get("return_url") or configuration["default_return_url"],
        url=f"{book.url}/portal/{session_id}",
    )
    book.events.emit("billing_portal.session.created", session)
    return book.store.put(session)


def chosen_configuration(book: Book, configuration_id: str | None) -> Json:
    """The one named, which must be active; without a name the account's default, which nobody has saved here."""
    if configuration_id is None:
        raise invalid(
            "No configuration provided and your test mode default configuration has not been created. Provide a "
            "configuration or create your default by saving your customer portal settings in test mode at "
            "https://dashboard.stripe.com/test/settings/billing/portal."
        )
    found = book.store.find("billing_portal.configuration", configuration_id)
    if found is None:
        message = f"No such configuration: '{configuration_id}'"
        raise ApiError(400, message, code="resource_missing", param="configuration")
    if not found["active"]:
        raise invalid(f"The configuration {configuration_id} is not active.", "configuration")
    return found


def flow(book: Book, customer: Json, configuration: Json, data: Json) -> Json:
    """A deep link, checked against the configuration and the customer's subscriptions."""
    kind = data["type"]
    if not configuration["features"][FLOW_FEATURES[kind]]["enabled"]:
        message = f"The feature {FLOW_FEATURES[kind]} is disabled in the portal configuration {configuration['id']}."
        raise invalid(message, "flow_data[type]")
    if kind != "payment_method_update":
        check_subscription(book, customer, kind, data)
    if kind == "subscription_update_confirm":
        check_switch(book, configuration, data[kind])
    completion = {"type": "portal_homepage", **data.get("after_completion", {})}
    if completion["type"] == "redirect":
        if "redirect" not in completion:
            where = "flow_data[after_completion][redirect]"
            raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
        url = completion["redirect"]["return_url"]
        checkout_rules.check_url(url, "flow_data[after_completion][redirect][return_url]")
    return {"type": kind, "after_completion": completion, **({kind: data[kind]} if kind in data else {})}


def check_subscription(book: Book, customer: Json, kind: str, data: Json) -> None:
    """The flow's subscription is the customer's, lives, and is not about to end already."""
    where = f"flow_data[{kind}]"
    if kind not in data:
        raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    subscription_id = data[kind]["subscription"]
    found = book.store.find("subscription", subscription_id)
    if found is None or found["customer"] != customer["id"]:
        message = f"No such subscription: '{subscription_id}'"
        raise ApiError(400, message, code="resource_missing", param=f"{where}[subscription]")
    if not is_live(found):
        raise invalid(f"The subscription {subscription_id} is canceled.", f"{where}[subscription]")
    if kind == "subscription_cancel" and (found["cancel_at"] or found["cancel_at_period_end"]):
        message = f"The subscription {subscription_id} is already set to be canceled."
        raise invalid(message, f"{where}[subscription]")


def check_switch(book: Book, configuration: Json, data: Json) -> None:
    """One item of the subscription, to a price that the configuration offers."""
    where = "flow_data[subscription_update_confirm][items]"
    items = book.store.get("subscription", data["subscription"])["items"]["data"]
    if len(data["items"]) != 1:
        raise invalid("Exactly one item can be updated.", where)
    wanted = data["items"][0]
    if wanted["id"] not in [each["id"] for each in items]:
        raise ApiError(
            400, f"No such subscription item: '{wanted['id']}'", code="resource_missing", param=f"{where}[0][id]"
        )
    if "price" in wanted and wanted["price"] not in offered(configuration):
        message = f"The price {wanted['price']} is not in the portal configuration's products."
        raise invalid(message, f"{where}[0][price]")


def offered(configuration: Json) -> list[str]:
    """The prices that customers may switch to."""
    products = configuration["features"]["subscription_update"]["products"] or []
    return [price for each in products for price in each["prices"]]


OPERATIONS = (
    Operation(
        "POST", "billing_portal/configurations", "billing_portal.ConfigurationCreateParams", create_configuration
    ),
    Operation("GET", "billing_portal/configurations", "billing_portal.ConfigurationListParams", list_configurations),
    Operation(
        "GET", "billing_portal/configurations/{}", "billing_portal.ConfigurationRetrieveParams", retrieve_configuration
    ),
    Operation(
        "POST", "billing_portal/configurations/{}", "billing_portal.ConfigurationUpdateParams", update_configuration
    ),
    Operation("POST", "billing_portal/sessions", "billing_portal.SessionCreateParams", create_session),
)
