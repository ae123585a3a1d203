"""What readers are told: one row per follower and thread, made by one statement, sent in batches."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from unroller.models.threads import Thread


class Notification(models.Model):
    """A follower is to be told about a thread, once. Rows with the same `message` are one e-mail.

    A worker holds a row while `leased_until` lies ahead. `message` is given at the first try and stays: a mail that is
    tried again is the same mail, with the same Message-ID, whatever else has become due meanwhile.
    """

    class Outcome(models.TextChoices):
        SENT = "sent"
        READ = "read", "the reader had read it already"
        UNWANTED = "unwanted", "no longer followed, or wants no mail"
        STOPPED = "stopped", "the address takes no mail"
        GONE = "gone", "the thread was removed or is unlisted"
        FAILED = "failed", "the mail server did not take it"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", db_index=False
    )  # `told_once` begins with it
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="notifications")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(help_text="At once, or the reader's next morning, or their next Monday morning.")
    message = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="told_once")]
        indexes = [
            models.Index(fields=["due_at", "user"], condition=Q(settled_at=None), name="notification_due"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="notification_settled"),
        ]

    def __str__(self) -> str:
        return f"{self.user} about {self.thread}"
