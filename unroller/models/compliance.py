"""What networks took away is taken away here: how far we looked, what was asked, and what came of it."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import SourceKey


class Sweep(models.Model):
    """How far one of the looks has come. `due_at` is schedule and lease in one, `turn` the fence."""

    class Look(models.TextChoices):
        X = "x", "X"
        LOOKUPS = "x-lookups", "X, post by post"
        BLUESKY = "bluesky", "Bluesky"
        MASTODON = "mastodon", "Mastodon"
        STREAM = "stream", "Bluesky, as it happens"

    look = models.CharField(max_length=16, choices=Look, primary_key=True)
    cursor = models.CharField(max_length=512, blank=True, help_text="Where the next look begins, in its own words.")
    due_at = models.DateTimeField()
    turn = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True, blank=True, help_text="When the round that is under way began.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the last whole round ended.")
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return self.look


class Inquiry(Leased):
    """A batch of ids that X is asked about (its compliance jobs). The row is the queue."""

    class State(models.TextChoices):
        NEW = "new"
        UPLOADED = "uploaded"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job_id = models.CharField(max_length=40, blank=True, help_text="X's name of it.")
    upload_url = models.TextField(blank=True)
    download_url = models.TextField(blank=True)
    first = models.BigIntegerField(help_text="Member.id that the batch begins with.")
    last = models.BigIntegerField()
    count = models.PositiveIntegerField(default=0, help_text="Ids asked about.")
    found = models.PositiveIntegerField(default=0, help_text="Of them gone.")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "inquiries"
        indexes = [models.Index(fields=["created_at"], condition=Q(state__in=["new", "uploaded"]), name="inquiry_open")]

    def __str__(self) -> str:
        return f"{self.count} ids, {self.state}"


class Vanished(Leased):
    """A post or an account that its network took away: the log, and the queue of what is still to be done about it.
    Holds no words."""

    source = models.CharField(max_length=16, choices=SourceKey)
    path = models.CharField(max_length=512, blank=True, help_text="Member.path of the post; empty for an account.")
    author_id = models.CharField(max_length=512, blank=True, help_text="Author.network_id of an account.")
    reason = models.CharField(max_length=20, help_text="deleted, suspended, protected, deactivated, withheld, edited")
    by = models.CharField(max_length=20, help_text="How we learned of it: inquiry, stream, look.")
    seen_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=40, blank=True, help_text="What was done: removed, gap, refreshed, back, …")

    class Meta:
        verbose_name_plural = "vanished"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "path", "author_id"], condition=Q(done_at=None), name="vanished_once"
            )
        ]
        indexes = [
            models.Index(fields=["seen_at"], condition=Q(done_at=None), name="vanished_open"),
            models.Index(fields=["source", "path"], name="vanished_by_path"),
            models.Index(fields=["done_at"], condition=Q(done_at__isnull=False), name="vanished_done"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.path or self.author_id}: {self.reason}"
