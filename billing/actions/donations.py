"""Donations: what may be given, and what was."""

from django.db.models import CharField, Count, F
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from billing.actions import ledger
from billing.amounts import cents_of
from billing.disputes import INQUIRIES, SETTLED
from billing.facts import Session
from billing.models import CheckoutIntent, Payment

COFFEE, SERVER = "coffee", "server"
PRESETS = {COFFEE: (500, "A coffee"), SERVER: (1000, "A share of the server")}
OWN = "Support"


def wish(text: str) -> tuple[int, str]:
    """Cents and name of what `text` stands for: `coffee`, `server`, or dollars. Raises ValueError with a sentence."""
    return PRESETS.get(text) or (cents_of(text), OWN)


def fulfil(intent: CheckoutIntent, session: Session) -> Payment | None:
    """The row of a donation that a paid session brought; any number of times. It never gives premium.

    The caller holds the intent's lock. Raises StripeError.
    """
    entry = ledger.write(session.payment_intent, ledger.Owner(intent.account_id, intent.id))
    return entry.payment if entry else None


def supporters() -> int:
    """How many people paid for anything this month and did not get it back. Guests count by their payments."""
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    kept = Payment.objects.filter(paid_at__gte=month, amount_refunded__lt=F("amount"), dispute__in=INQUIRIES | SETTLED)
    who = Coalesce(Cast("account_id", CharField()), "payment_intent")
    return int(kept.aggregate(count=Count(who, distinct=True))["count"])
