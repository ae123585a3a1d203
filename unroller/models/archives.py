"""The zips that X gives people of their own posts: brought here in parts, read once, and not kept."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Leased
from unroller.models.library import Copies
from unroller.models.threads import Author, Thread


class Archive(Leased):
    """One zip. The row is the queue of readings; the file is deleted as soon as it was read or given up."""

    class State(models.TextChoices):
        RECEIVING = "receiving", "parts of the file arrive"
        QUEUED = "queued", "waits for a worker"
        READING = "reading", "a worker reads it"
        PUBLISHING = "publishing", "its threads become everybody's"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="archives")
    name = models.CharField(max_length=255, help_text="Of the file, as its owner's browser said it.")
    size = models.PositiveBigIntegerField(help_text="Bytes that were announced.")
    received = models.PositiveBigIntegerField(default=0, help_text="Bytes that are here.")
    account_id = models.CharField(max_length=32, blank=True, help_text="Whose posts X says they are.")
    handle = models.CharField(max_length=512, blank=True)
    author = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="archives")
    is_public = models.BooleanField(default=False, help_text="Its account is a profile that the reader proved.")

    state = models.CharField(max_length=10, choices=State, default=State.RECEIVING)
    posts_read = models.PositiveIntegerField(default=0)
    threads_found = models.PositiveIntegerField(default=0, help_text="Also how far the reading came.")
    threads_stored = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True, help_text="What was skipped, and why: counts by reason.")
    error = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    arrived_at = models.DateTimeField(null=True, blank=True, help_text="When its last part came.")
    touched_at = models.DateTimeField(auto_now_add=True, help_text="When a part last came.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=["receiving", "queued", "reading"]), name="one_open_archive"
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["queued", "reading", "publishing"]),
                name="archive_open",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("archive", args=[self.id])


class ArchivedThread(models.Model):
    """A thread out of somebody's own archive: they may read it, also while it is private."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="archived_threads")
    archive = models.ForeignKey(Archive, models.SET_NULL, null=True, blank=True, related_name="threads")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="archived")
    copies = models.CharField(max_length=10, choices=Copies, default=Copies.UNDECIDED, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="archived_thread_once")]

    def __str__(self) -> str:
        return f"{self.thread} of {self.user}"
