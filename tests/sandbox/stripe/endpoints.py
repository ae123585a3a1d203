"""Webhook endpoints: the API that makes, changes and removes them."""

from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ..wire import Json
from .errors import invalid
from .paging import page
from .routes import Call, Operation
from .shapes import new

KIND = "webhook_endpoint"
MOST = 16
"""Endpoints of one account and mode."""


def wants(endpoint: Json, event: Json) -> bool:
    """Whether an endpoint is to be told. Only the event's type counts: `*`, or one that it named."""
    return endpoint["status"] == "enabled" and any(
        fnmatchcase(event["type"], pattern) for pattern in endpoint["enabled_events"]
    )


def create(call: Call) -> Json:
    """The only answer that carries the secret."""
    params = call.params
    check_address(params["url"])
    if len(call.book.store.all(KIND)) >= MOST:
        raise invalid(f"You have reached the maximum of {MOST} test webhook endpoints.")
    endpoint = new(
        KIND,
        id=call.book.new_id("we"),
        created=call.book.now(),
        api_version=params.get("api_version"),
        description=params.get("description") or None,
        enabled_events=params["enabled_events"],
        metadata=params.get("metadata") or {},
        status="enabled",
        url=params["url"],
    )
    del endpoint["secret"]
    call.book.store.put(endpoint)
    return {**endpoint, "secret": call.book.events.secrets.issue(endpoint["id"])}


def update(call: Call) -> Json:
    endpoint, params = call.book.store.get(KIND, call.id), call.params
    if "url" in params:
        check_address(params["url"])
    endpoint |= {name: params[name] for name in ("url", "enabled_events") if name in params}
    if "description" in params:
        endpoint["description"] = params["description"] or None
    if "disabled" in params:
        endpoint["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        endpoint["metadata"] = merged(endpoint["metadata"], params["metadata"])
    return endpoint


def retrieve(call: Call) -> Json:
    return call.book.store.get(KIND, call.id)


def delete(call: Call) -> Json:
    call.book.store.drop(call.book.store.get(KIND, call.id))
    return {"id": call.id, "object": KIND, "deleted": True}


def list_all(call: Call) -> Json:
    return page("/v1/webhook_endpoints", call.book.store.all(KIND), call.params)


def check_address(url: str) -> None:
    """Raises `ApiError` for what is no address of the web."""
    target = urlsplit(url)
    if target.scheme not in ("http", "https") or not target.hostname:
        raise invalid("Not a valid URL", "url", "url_invalid")


def merged(metadata: Json, changes: Json | str) -> Json:
    """An empty value takes a key away, an empty text all of them."""
    if not changes or isinstance(changes, str):
        return {}
    return {key: value for key, value in {**metadata, **changes}.items() if value}


OPERATIONS = (
    Operation("POST", "webhook_endpoints", "WebhookEndpointCreateParams", create),
    Operation("GET", "webhook_endpoints", "WebhookEndpointListParams", list_all),
    Operation("GET", "webhook_endpoints/{}", "WebhookEndpointRetrieveParams", retrieve),
    Operation("POST", "webhook_endpoints/{}", "WebhookEndpointUpdateParams", update),
    Operation("DELETE", "webhook_endpoints/{}", "WebhookEndpointDeleteParams", delete),
)
