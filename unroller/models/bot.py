"""The bot that unrolls when it is mentioned: its accounts, the mentions it found, what it did with them, and whom it
leaves alone."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Job, SourceKey, Thread


class Stage(models.TextChoices):
    """Where mentions come from: the networks, and the practice page that pretends to be one."""

    X = SourceKey.X.value, SourceKey.X.label
    BLUESKY = SourceKey.BLUESKY.value, SourceKey.BLUESKY.label
    MASTODON = SourceKey.MASTODON.value, SourceKey.MASTODON.label
    PRACTICE = "practice", "the practice page"


class Place(models.TextChoices):
    """Where the post stands that a mention asks to unroll."""

    PARENT = "parent", "above the mention"
    QUOTE = "quote", "quoted in it"
    LINK = "link", "linked in it"


class BotAccount(models.Model):
    """The bot on one network. `due_at` is schedule and lease in one and `turn` the fence, as a Watch has them."""

    source = models.CharField(max_length=16, choices=SourceKey, primary_key=True)
    network_id = models.CharField(max_length=512, blank=True, help_text="Who it is, once the network has said so.")
    handle = models.CharField(max_length=512, blank=True)
    sealed = models.TextField(blank=True, help_text="What it is signed in with, encrypted (unroller.sealing).")
    cursor = models.CharField(max_length=512, blank=True, help_text="The newest mention seen, in the network's words.")
    due_at = models.DateTimeField(help_text="When it looks for mentions next.")
    turn = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="When the network last answered.")
    failures = models.PositiveIntegerField(default=0, help_text="Looks without an answer since then.")
    error = models.CharField(max_length=40, blank=True, help_text="Why the last look brought nothing (core.errors).")

    def __str__(self) -> str:
        return f"@{self.handle} ({self.source})" if self.handle else self.source


class BotDay(models.Model):
    """What the bot did on one network on one day (UTC), and what that cost."""

    source = models.CharField(max_length=16, choices=SourceKey)
    day = models.DateField()
    looks = models.PositiveIntegerField(default=0)
    mentions = models.PositiveIntegerField(default=0, help_text="Posts read; X charges for each.")
    answers = models.PositiveIntegerField(default=0)
    micros = models.PositiveBigIntegerField(default=0, help_text="Millionths of a US dollar.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="bot_day_once")]

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class Mention(Leased):
    """Somebody mentioned the bot. The row is the queue, and its key makes the answer the only one.

    NEW → UNROLLING (its job fetches the thread) → READY (the words of the answer are written) → SENDING (a try to post
    began: whoever takes it up again looks for the answer first) → ANSWERED. SILENT and FAILED say why in `reason`.
    """

    class State(models.TextChoices):
        NEW = "new"
        UNROLLING = "unrolling"
        READY = "ready"
        SENDING = "sending"
        ANSWERED = "answered"
        SILENT = "silent"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=16, choices=Stage)
    key = models.CharField(max_length=512, help_text="PostRef.key of the post that mentions the bot.")
    document = models.JSONField(null=True, help_text="sources.mentioning.Mention; empty once it was answered.")
    asker_id = models.CharField(max_length=512, help_text="Who wrote it, as the network never changes it.")
    asker_handle = models.CharField(max_length=512)
    target = models.CharField(max_length=512, blank=True, help_text="PostRef.key of the post to unroll.")
    target_source = models.CharField(max_length=16, choices=Stage, blank=True)
    place = models.CharField(max_length=10, choices=Place, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="mentions")
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, blank=True, related_name="mentions")

    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    reason = models.CharField(max_length=40, blank=True, help_text="Why the bot keeps silent, or the error's name.")
    words = models.CharField(max_length=1_000, blank=True, help_text="The answer as it is posted.")
    answer_key = models.CharField(max_length=512, blank=True, help_text="PostRef.key of the answer.")
    micros = models.PositiveIntegerField(default=0, help_text="What the answer cost, millionths of a US dollar.")
    written_at = models.DateTimeField(help_text="As the network says.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="mention_once")]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["new", "unrolling", "ready", "sending"]),
                name="mention_open",
            ),
            models.Index(fields=["source", "asker_id", "-created_at"], name="mention_by_asker"),
            models.Index(fields=["thread", "-created_at"], name="mention_by_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.key}: {self.state}"


class LeftAlone(models.Model):
    """Somebody whom the bot never answers and never unrolls when mentioned: they said so, or an operator did."""

    source = models.CharField(max_length=16, choices=SourceKey)
    network_id = models.CharField(max_length=512)
    since = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "left alone"
        constraints = [models.UniqueConstraint(fields=["source", "network_id"], name="left_alone_once")]

    def __str__(self) -> str:
        return f"{self.source}/{self.network_id}"


class PracticePost(models.Model):
    """A post on the pretend network of the practice page. Kept for a day, seen by its visitor alone."""

    visitor = models.UUIDField(help_text="From a cookie of the practice page alone.")
    sample = models.CharField(max_length=40, help_text="Below which sample thread it stands.")
    is_bot = models.BooleanField(default=False)
    answers = models.OneToOneField("self", models.CASCADE, null=True, blank=True, related_name="answer")
    text = models.CharField(max_length=1_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["visitor", "created_at"], name="practice_by_visitor")]

    def __str__(self) -> str:
        return self.text
