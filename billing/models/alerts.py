"""What an operator has to know, and the nightly look at everything."""

from django.db import models
from django.db.models import Q

from billing.models.accounts import BillingAccount


class Alert(models.Model):
    """Something that a person should look at. The same thing is one row until somebody settles it."""

    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=255, help_text="What tells it from others of its kind.")
    sentence = models.TextField()
    account = models.ForeignKey(BillingAccount, models.SET_NULL, null=True, blank=True, related_name="alerts")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], condition=Q(resolved_at=None), name="one_open_alert")
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"


class Reconciliation(models.Model):
    """One look at everything: what differed from Stripe, and what was done about it."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    fixes = models.BooleanField(default=True, help_text="False for a dry run.")
    accounts = models.PositiveIntegerField(default=0)
    calls = models.PositiveIntegerField(default=0)
    drift = models.PositiveIntegerField(default=0, help_text="Accounts that differed.")
    replayed = models.PositiveIntegerField(default=0, help_text="Events that had not arrived.")
    report = models.JSONField(default=list, help_text="One sentence per finding.")
    progress = models.JSONField(default=dict, help_text="Where the next slice goes on.")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {self.drift} differed"
