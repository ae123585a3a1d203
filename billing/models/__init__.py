"""The tables of the billing app, one module per subject."""

from billing.models.accounts import BillingAccount, Notice, Switch
from billing.models.alerts import Alert, Reconciliation
from billing.models.calls import OutboxCall
from billing.models.checkouts import CheckoutIntent, Kind
from billing.models.events import WebhookEvent
from billing.models.grants import Gift, Grant
from billing.models.patrons import Patron
from billing.models.payments import Payment

__all__ = [
    "Alert",
    "BillingAccount",
    "CheckoutIntent",
    "Gift",
    "Grant",
    "Kind",
    "Notice",
    "OutboxCall",
    "Patron",
    "Payment",
    "Reconciliation",
    "Switch",
    "WebhookEvent",
]
