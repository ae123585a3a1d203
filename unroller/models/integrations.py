"""Other services that a member's library tells of what happens in it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.library import Highlight


class Integration(Leased):
    """One service of one member. The row is the queue: whoever holds it tells the service what is new, one after the
    other. `secret`: the token they gave us, or the one we sign with; encrypted at rest."""

    class Kind(models.TextChoices):
        READWISE = "readwise", "Readwise"
        WEBHOOK = "webhook", "Webhook"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="integrations")
    kind = models.CharField(max_length=10, choices=Kind)
    url = models.URLField(max_length=500, blank=True)
    secret = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    has_news = models.BooleanField(default=False, help_text="Something waits to be told.")
    rests_until = models.DateTimeField(null=True, blank=True, help_text="It failed or was slow: left alone until then.")
    told_at = models.DateTimeField(null=True, blank=True, help_text="When it last took something.")
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    sentence = models.CharField(max_length=300, blank=True, help_text="What went wrong last, as the reader is told.")
    stopped_at = models.DateTimeField(null=True, blank=True, help_text="After too many failures.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "url"], name="integration_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(has_news=True, stopped_at=None), name="integration_to_tell")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user}"


class Delivery(models.Model):
    """One piece of news for one service. It holds no words: what is said is read when it is said."""

    class Event(models.TextChoices):
        SAVED = "saved", "Saved"
        HIGHLIGHTED = "highlighted", "Highlighted"
        TEST = "test", "Test"

    id = models.UUIDField(
        primary_key=True, default=uuid.uuid4, editable=False, help_text="By which the receiver knows it."
    )
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=20, choices=Event)
    about = models.PositiveBigIntegerField(null=True, help_text="The saved thread or the highlight.")
    counted = models.BooleanField(default=False, help_text="Its post was counted towards X's daily limit.")
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True, help_text="It waits until then.")
    give_up_at = models.DateTimeField(help_text="No attempt that fails after this is repeated.")
    finished_at = models.DateTimeField(null=True, blank=True)
    delivered = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the last answer, if there was one.")
    detail = models.CharField(max_length=300, blank=True, help_text="What came of it, as the reader is told.")

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["integration", "created_at"], condition=Q(finished_at=None), name="delivery_open"),
            models.Index(fields=["integration", "-created_at"], name="delivery_by_integration"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="delivery_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.integration}"


class ReadwiseCopy(models.Model):
    """A highlight that is at Readwise, under the number it has there: changes go to that one."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="copies")
    highlight = models.ForeignKey(Highlight, models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "Readwise copies"
        constraints = [models.UniqueConstraint(fields=["integration", "highlight"], name="readwise_copy_once")]

    def __str__(self) -> str:
        return f"{self.highlight} at Readwise"
