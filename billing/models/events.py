"""What Stripe told us: kept first, understood later."""

from django.db import models
from django.db.models import Q


class WebhookEvent(models.Model):
    """One event of Stripe's, once. The row is the queue (docs/decisions/0002); whoever works on it holds its lock."""

    class State(models.TextChoices):
        NEW = "new"
        DONE = "done"
        IGNORED = "ignored"
        FAILED = "failed", "given up until somebody replays it"

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    stripe_created = models.DateTimeField()
    object_id = models.CharField(max_length=255, blank=True)
    customer_id = models.CharField(max_length=255, blank=True)
    raw = models.TextField(help_text="The body as it came.")
    received_at = models.DateTimeField(auto_now_add=True)

    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True, help_text="After a failure, the next try.")
    last_error = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=Q(state="new"), name="event_new"),
            models.Index(fields=["received_at"], name="event_received"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
