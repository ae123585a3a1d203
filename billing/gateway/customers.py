"""Customers at Stripe."""

from billing.facts import Customer
from billing.gateway import reading
from billing.gateway.client import asking, options
from billing.gateway.errors import Missing
from billing.gateway.reading import get


def create(*, account: str, email: str, key: str) -> str:
    """A new customer's id. The same key within a day gives the same customer."""
    with asking() as api:
        params = {"email": email, "metadata": {"account": account}}
        return str(api.v1.customers.create(params=params, options=options(key)).id)  # type: ignore[arg-type]


def set_email(customer_id: str, email: str, *, key: str) -> None:
    """Raises Missing for a customer that is deleted."""
    with asking() as api:
        api.v1.customers.update(customer_id, params={"email": email}, options=options(key))


def retrieve(customer_id: str) -> Customer | None:
    """None for one that is deleted: it remains as a shadow."""
    try:
        with asking() as api:
            given = api.v1.customers.retrieve(customer_id)
    except Missing:
        return None
    return None if get(given, "deleted") else reading.customer(given)


def exists(customer_id: str) -> bool:
    """Whether it can still be charged."""
    return retrieve(customer_id) is not None


def find(account: str, *, email: str) -> str:
    """The customer that was made for an account with this address, or nothing: for what died before it was kept.

    A list knows what was made a moment ago; Stripe's search does not.
    """
    with asking() as api:
        found = api.v1.customers.list(params={"email": email, "limit": 100}).auto_paging_iter()
        return next((each.id for each in found if get(each.metadata, "account") == account), "")
