"""What every room of the pretend Stripe writes in: objects, clock, ids, events, keys, and how each card behaves."""

import secrets
from typing import TYPE_CHECKING

from ..ground import Ground
from ..wire import Json
from .store import Store

if TYPE_CHECKING:
    from .events import Events

ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Book:
    """All state that the rooms share; `Stripe` (state.py) adds what persons do on pages and in the Dashboard."""

    API_VERSION = "2026-10-28.endive"
    events: "Events"

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.store = Store()
        self.secret_key = f"sk_test_{letters(40)}"
        self.webhook_secret = f"whsec_{letters(32)}"
        self.behaviours: dict[str, str] = {}
        """Payment method id → one of `cards.BEHAVIOURS`."""
        self.included: dict[tuple[str, str], Json] = {}
        """(object id, field) → what a field holds that is only sent when expanded, e.g. a session's line items."""
        self.aside: dict[tuple[str, str], Json] = {}
        """(subscription id, word) → what Stripe knows and does not tell: a `pending` update, `lines` for the next
        invoice, the renewal that was `told` of."""
        self.failures: list[tuple[str, str]] = []
        """(method, path) of calls that do nothing and end in a 500 which the idempotency key remembers."""
        self.request: Json = {"id": None, "idempotency_key": None}
        """The API call that is being answered, as events name it; both null outside of one."""
        self.moment: int | None = None
        """The second at which something that is overdue happens; None while time is the clock's."""

    def now(self) -> int:
        """Seconds since 1970 by the sandbox's clock; while the past is caught up with, the moment that is caught up."""
        return int(self.ground.clock.seconds()) if self.moment is None else self.moment

    def new_id(self, prefix: str) -> str:
        """`new_id("cus")` → `cus_` and letters nobody can guess; checkout sessions take `cs_test`."""
        return f"{prefix}_{letters(24)}"

    @property
    def url(self) -> str:
        """The base address of this door: API below `/v1/`, pages below `/pay/`, `/portal/`, `/invoice/`."""
        return self.ground.addresses.stripe


def letters(count: int) -> str:
    return "".join(secrets.choice(ID_LETTERS) for _ in range(count))
