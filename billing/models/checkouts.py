"""Something that somebody began to pay for."""

import uuid

from django.db import models
from django.db.models import Q

from billing.models.accounts import BillingAccount


class Kind(models.TextChoices):
    """What money was for."""

    PREMIUM = "premium"
    DONATION = "donation"
    GIFT = "gift"


class CheckoutIntent(models.Model):
    """One wish to pay, kept before Stripe hears of it. Its id is the idempotency key of the session."""

    class State(models.TextChoices):
        OPEN = "open"
        COMPLETE = "complete"
        EXPIRED = "expired"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(
        BillingAccount, models.SET_NULL, null=True, blank=True, related_name="intents", help_text="Empty for guests."
    )
    kind = models.CharField(max_length=10, choices=Kind)
    price_key = models.CharField(max_length=10, blank=True, help_text="month or year, for premium")
    amount = models.PositiveIntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    url = models.TextField(blank=True, help_text="Opens the payment page: emptied when it is over.")
    expires_at = models.DateTimeField(help_text="Fixed before the call, which must be the same when it is repeated.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(kind="premium", state="open"), name="one_premium_checkout_open"
            )
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="open"), name="checkout_open"),
            models.Index(fields=["done_at"], condition=Q(state__in=["expired", "failed"]), name="checkout_unpaid"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"
