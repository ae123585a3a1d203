"""A person's customer at Stripe, and what Stripe last said of their subscription."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class BillingAccount(models.Model):
    """One per person who ever began to pay. Its lock orders everything that concerns their money.

    The fields from `subscription_id` on mirror Stripe (billing/standing.py) and are written by the sync alone.
    `user` is empty once the person deleted their account: the row stays for what is still to be refunded or ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="billing_account"
    )
    stripe_customer_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    livemode = models.BooleanField(default=False)
    email_synced = models.EmailField(blank=True, help_text="The address that Stripe was told last.")
    created_at = models.DateTimeField(auto_now_add=True)
    closing_at = models.DateTimeField(null=True, blank=True, help_text="Since when the person is leaving.")
    suspended_at = models.DateTimeField(null=True, blank=True, help_text="Since when a bank disputes a payment.")
    stopped_for_dispute = models.BooleanField(
        default=False, help_text="Whether we ended the renewal because of a dispute, and take that back if it is won."
    )

    subscription_id = models.CharField(max_length=255, blank=True)
    item_id = models.CharField(max_length=255, blank=True)
    price_key = models.CharField(max_length=10, blank=True, help_text="month or year")
    next_price_key = models.CharField(max_length=10, blank=True, help_text="From the period's end on.")
    status = models.CharField(max_length=40, blank=True, help_text="Stripe's word for it.")
    current_period_end = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True, help_text="When it ended, or will because it was cancelled.")
    past_due_since = models.DateTimeField(null=True, blank=True)
    grace_until = models.DateTimeField(null=True, blank=True)
    access_until = models.DateTimeField(null=True, blank=True, help_text="Until when this gives premium.")
    payment_url = models.URLField(max_length=2000, blank=True, help_text="Where the open bill is paid.")
    duplicate_count = models.PositiveSmallIntegerField(default=0)
    last_synced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["access_until"], condition=Q(access_until__isnull=False), name="billing_access"),
            models.Index(fields=["grace_until"], condition=Q(grace_until__isnull=False), name="billing_grace"),
        ]

    def __str__(self) -> str:
        return self.stripe_customer_id or f"account {self.id}"


class Switch(models.Model):
    """A change from month to year as it was shown to a person, so that what is charged is what they saw."""

    class State(models.TextChoices):
        OFFERED = "offered"
        DONE = "done"
        FAILED = "failed", "the card was declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(BillingAccount, models.CASCADE, related_name="switches")
    subscription_id = models.CharField(max_length=255)
    price_key = models.CharField(max_length=10)
    proration_date = models.PositiveBigIntegerField(help_text="Seconds since 1970, as Stripe counts.")
    amount = models.IntegerField(help_text="Minor units.")
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(state="offered"), name="one_switch_offered")
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id} to {self.price_key}"


class Notice(models.Model):
    """A mail about money that was written, so that the same one is never written again."""

    account = models.ForeignKey(BillingAccount, models.CASCADE, related_name="notices", null=True, blank=True)
    key = models.CharField(max_length=255, unique=True, help_text="What it was about, such as declined:in_123.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.key
