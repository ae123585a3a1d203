"""Who follows whom, how followed authors are looked at, and chains of theirs that are not quiet yet."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Author, SourceKey


class Cadence(models.TextChoices):
    """When a reader is told about an author's new threads."""

    INSTANT = "instant", "at once"
    DAILY = "daily", "every morning"
    WEEKLY = "weekly", "every Monday"
    HERE = "here", "only here, no e-mail"


class Reader(models.Model):
    """What a person has as a reader beside their account: the secrets in addresses that need no sign-in."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="reader")
    feed_token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Opens the personal feed; can be renewed.")
    mail_token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Ends all mail about new threads.")
    mail_off = models.BooleanField(default=False, help_text="Wants no mail about new threads at all.")

    def __str__(self) -> str:
        return str(self.user)


class Follow(models.Model):
    """A reader follows an author."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    author = models.ForeignKey(Author, models.CASCADE, related_name="follows")
    cadence = models.CharField(max_length=10, choices=Cadence, default=Cadence.DAILY)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="Threads that came before count as seen.")
    mail_token = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Ends the mail about this author.")
    keep = models.BooleanField(default=False, help_text="New threads are saved, with copies of their media.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "author"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user} follows {self.author}"


class Watch(models.Model):
    """A followed author is looked at, once for all followers. `due_at` is schedule and lease in one: whoever takes
    the row moves it ahead; `turn` is the fence, so that a worker that comes back late writes nothing."""

    author = models.OneToOneField(Author, models.CASCADE, primary_key=True, related_name="watch")
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(help_text="When the author is looked at next.")
    turn = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=512, blank=True, help_text="The newest post seen, in the network's words.")
    last_post_at = models.DateTimeField(null=True, blank=True, help_text="Of the newest post seen.")
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When the network last answered.")
    failures = models.PositiveIntegerField(default=0, help_text="Looks without an answer since then.")
    error = models.CharField(max_length=20, blank=True, help_text="Why the last look brought nothing (core.errors).")

    class Meta:
        verbose_name_plural = "watches"
        indexes = [models.Index(fields=["due_at"], name="watch_due")]

    def __str__(self) -> str:
        return f"watch of {self.author}"


class Chain(models.Model):
    """Answers of a followed author to themselves that are not quiet yet. Once they are, their thread is unrolled."""

    author = models.ForeignKey(Author, models.CASCADE, related_name="chains")
    root = models.CharField(max_length=512, help_text="PostRef.key of the first post of it that is known.")
    keys = ArrayField(models.CharField(max_length=512), help_text="PostRef.key of its posts, the newest last.")
    replies = models.PositiveIntegerField(default=0, help_text="Answers to themselves that were seen.")
    quiet_at = models.DateTimeField(help_text="When it counts as quiet, unless it grows.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "root"], name="chain_once")]
        indexes = [models.Index(fields=["quiet_at"], name="chain_quiet")]

    def __str__(self) -> str:
        return f"{self.author.source}/{self.root}"


class Lookup(Leased):
    """A reader names an author by handle or profile link; a worker looks who that is. The row is the queue."""

    class State(models.TextChoices):
        QUEUED = "queued"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lookups")
    text = models.CharField(max_length=500, help_text="As the reader gave it.")
    source = models.CharField(max_length=16, choices=SourceKey)
    key = models.CharField(max_length=512, help_text="ProfileRef.key")
    cadence = models.CharField(max_length=10, choices=Cadence, blank=True, help_text="Follow at once: an import.")
    slow = models.BooleanField(default=False, db_default=False, help_text="Failed at first: left to who has time.")
    author = models.ForeignKey(Author, models.SET_NULL, null=True, blank=True, related_name="+")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    sentence = models.CharField(max_length=500, blank=True, help_text="Why it failed, for the reader.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state="queued"), name="lookup_open"),
            models.Index(fields=["created_at"], name="lookup_by_age"),
        ]

    def __str__(self) -> str:
        return self.text
