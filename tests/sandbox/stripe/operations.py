"""Everything the API can do, gathered from the rooms."""

from . import (
    catalog,
    checkout,
    customers,
    disputes,
    endpoints,
    events,
    intents,
    invoice_calls,
    portal,
    promotions,
    refunds,
    schedules,
    subscription_calls,
)
from .routes import Operation

ROOMS = (
    catalog,
    checkout,
    customers,
    disputes,
    endpoints,
    events,
    intents,
    invoice_calls,
    portal,
    promotions,
    refunds,
    schedules,
    subscription_calls,
)
OPERATIONS: tuple[Operation, ...] = tuple(operation for room in ROOMS for operation in room.OPERATIONS)
