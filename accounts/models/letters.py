"""Mail that waits to be sent, one row a letter: a sign-in code must not be lost because a mail server was away."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Letter(models.Model):
    """One e-mail to one address, ready to be sent. The row is the queue (docs/decisions/0002).

    Its words are emptied once it is settled: they may hold a code.
    """

    class Outcome(models.TextChoices):
        SENT = "sent"
        REFUSED = "refused", "the address was refused for good"
        EXPIRED = "expired", "it could not be sent for too long"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Also its Message-ID.")
    name = models.CharField(max_length=40, help_text="Its templates: emails/<name>.*")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    to = models.EmailField("to")
    subject = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    not_before = models.DateTimeField(null=True, blank=True, help_text="After a failure, the next try.")
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    error = models.CharField(max_length=1000, blank=True, help_text="What the mail server said last.")

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(settled_at=None), name="letter_open"),
            models.Index(fields=["settled_at"], condition=Q(settled_at__isnull=False), name="letter_settled"),
            models.Index(fields=["settled_at"], condition=Q(name="goodbye"), name="letter_of_goodbye"),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.to}"
