"""Money that arrived, and what became of it."""

from django.db import models

from billing import disputes
from billing.models.accounts import BillingAccount
from billing.models.checkouts import CheckoutIntent, Kind


class Payment(models.Model):
    """One successful payment. Mirrors Stripe's charge; amounts are in minor units of its currency."""

    payment_intent = models.CharField(max_length=255, unique=True)
    charge_id = models.CharField(max_length=255, unique=True)
    account = models.ForeignKey(BillingAccount, models.SET_NULL, null=True, blank=True, related_name="payments")
    intent = models.OneToOneField(
        CheckoutIntent, models.SET_NULL, null=True, blank=True, help_text="Donations and gifts."
    )
    kind = models.CharField(max_length=10, choices=Kind)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    amount_refunded = models.PositiveIntegerField(default=0)
    dispute = models.CharField(max_length=40, blank=True, help_text="Stripe's word for where a dispute stands.")
    paid_at = models.DateTimeField(db_index=True)
    receipt_url = models.URLField(max_length=2000, blank=True)
    invoice_id = models.CharField(max_length=255, blank=True)
    subscription_id = models.CharField(max_length=255, blank=True)
    period_end = models.DateTimeField(null=True, blank=True, help_text="Until when it paid for premium.")
    ended_access = models.BooleanField(default=False, help_text="A full refund of it ended a membership.")
    livemode = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"

    @property
    def is_refunded(self) -> bool:
        """Whether nothing of it is left."""
        return self.amount_refunded >= self.amount

    @property
    def is_taken_back(self) -> bool:
        """Whether what it paid for is not paid for (any more): it was given back, or a bank has the money."""
        return self.is_refunded or disputes.takes_money(self.dispute)
