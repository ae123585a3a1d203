"""What is to be done at Stripe, kept until it is done."""

from django.db import models
from django.db.models import Q

from billing.models.accounts import BillingAccount


class OutboxCall(models.Model):
    """One thing to do at Stripe. The row is the queue; whoever works on it holds its lock."""

    class Action(models.TextChoices):
        CANCEL_SUBSCRIPTION = "cancel_subscription", "end a subscription now"
        CANCEL_ALL = "cancel_all", "end everything of an account that is being deleted"
        STOP_RENEWAL = "stop_renewal", "end a subscription with its period"
        RESUME_RENEWAL = "resume_renewal", "take back that a subscription ends"
        REFUND = "refund", "give a payment back"
        REFUND_INVOICE = "refund_invoice", "give back what was paid on an invoice"
        PUSH_EMAIL = "push_email", "tell Stripe the new address"
        USE_CARD = "use_card", "let a subscription use the new card"
        EXPIRE_SESSION = "expire_session", "close a payment page"

    action = models.CharField(max_length=30, choices=Action)
    args = models.JSONField(default=dict)
    account = models.ForeignKey(BillingAccount, models.CASCADE, null=True, blank=True, related_name="calls")
    idempotency_key = models.CharField(max_length=200, unique=True, help_text="One per thing to do, not per try.")
    round = models.PositiveSmallIntegerField(
        default=0, help_text="Counts up when Stripe would only repeat an old failure to the same key."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    round_began_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], condition=Q(done_at=None), name="call_open")]

    def __str__(self) -> str:
        return f"{self.action} {self.idempotency_key}"
