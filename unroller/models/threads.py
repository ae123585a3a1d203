"""Authors, their threads, which posts are in which thread, and the jobs that fetch them."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Leased


class SourceKey(models.TextChoices):
    """The networks. A value is the network's word in addresses."""

    X = "x", "X"
    BLUESKY = "bluesky", "Bluesky"
    MASTODON = "mastodon", "Mastodon"


class Author(models.Model):
    """Somebody on a network, as last seen. `network_id` is what the network never changes."""

    source = models.CharField(max_length=16, choices=SourceKey)
    network_id = models.CharField(max_length=512)
    handle = models.CharField(max_length=512)
    name = models.CharField(max_length=512)
    url = models.URLField(max_length=2048)
    avatar = models.URLField(max_length=2048, blank=True)
    unlisted = models.BooleanField(default=False, help_text="Asks not to be listed or indexed.")
    opted_out = models.BooleanField(default=False, help_text="Asked to be left alone: nothing of theirs is here.")
    emptied_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When nothing was left here of somebody who opted out; until then it is looked for.",
    )
    banned = models.BooleanField(
        default=False, db_default=False, help_text="Operators let nothing of theirs be fetched or shown."
    )
    support_off = models.BooleanField(default=False, help_text="Wants no support box on their threads.")
    seen_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "network_id"], name="author_once"),
        ]
        indexes = [
            models.Index(F("source"), models.functions.Upper("handle"), name="author_by_handle"),
            models.Index(fields=["id"], condition=Q(banned=True), name="author_banned"),
            models.Index(fields=["id"], condition=Q(opted_out=True, emptied_at=None), name="author_to_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.name} @{self.handle} ({self.source})"

    def get_absolute_url(self) -> str:
        return reverse("author", args=[self.source, self.handle])


class Quoted(models.Func):
    """The ids of all posts that a document shows as cards, as a JSON array."""

    template = (
        "(jsonb_path_query_array(%(expressions)s, '$.**.quote.id')"
        " || jsonb_path_query_array(%(expressions)s, '$.context.id'))"
    )
    output_field = models.JSONField()


class Thread(models.Model):
    """One thread. `document` holds all of its words (core.posts.to_document) and is empty once it was removed.

    The columns beside it are what lists need, so that no list reads a document.
    """

    source = models.CharField(max_length=16, choices=SourceKey)
    path = models.CharField(max_length=512, help_text="Its address below /thread/<source>/, made of the head's id.")
    author = models.ForeignKey(Author, models.PROTECT, related_name="threads")
    document = models.JSONField(null=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change of what the page shows.")

    title = models.CharField(max_length=400, blank=True)
    excerpt = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    post_count = models.PositiveIntegerField(default=0)
    word_count = models.PositiveIntegerField(default=0)
    reading_minutes = models.PositiveIntegerField(default=1)
    reasons = ArrayField(models.CharField(max_length=20), default=list, help_text="Why it is not complete.")
    posted_at = models.DateTimeField(help_text="When the head was written.")

    unlisted = models.BooleanField(default=False, help_text="In no list, feed or search; the page says noindex.")
    private = models.BooleanField(default=False, help_text="Came by private links alone: has no public page.")
    removed = models.CharField(max_length=20, blank=True, help_text="Why it was removed; its page answers 410.")

    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(help_text="When what the page shows last changed.")
    fetched_at = models.DateTimeField(help_text="When the network was last asked.")
    checks = models.PositiveSmallIntegerField(default=0, help_text="How often it was looked at again by itself.")
    check_at = models.DateTimeField(null=True, blank=True, help_text="When it is looked at again by itself.")
    look_at = models.DateTimeField(
        null=True, blank=True, help_text="When it is asked whether the network still has it."
    )
    announce_at = models.DateTimeField(null=True, blank=True, help_text="When followers are told, unless it grows.")
    announced_at = models.DateTimeField(null=True, blank=True, help_text="When they were; never again after that.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "path"], name="thread_once"),
            models.CheckConstraint(
                condition=Q(removed="") | Q(document__isnull=True), name="removed_thread_holds_no_words"
            ),
        ]
        indexes = [
            models.Index(
                fields=["author", "-posted_at", "-id"],
                condition=Q(removed="", unlisted=False),
                name="thread_by_author",
            ),
            models.Index(fields=["-created_at"], condition=Q(removed="", unlisted=False), name="thread_recent"),
            models.Index(
                fields=["language", "-created_at"],
                condition=Q(removed="", unlisted=False),
                name="thread_by_language",
            ),
            models.Index(fields=["check_at"], condition=Q(check_at__isnull=False), name="thread_to_check"),
            models.Index(fields=["announce_at"], condition=Q(announce_at__isnull=False), name="thread_to_announce"),
            models.Index(
                F("source"), F("look_at").asc(nulls_first=True), condition=Q(removed=""), name="thread_to_look"
            ),
            GinIndex(Quoted("document"), name="thread_by_quote"),
            models.Index(fields=["changed_at"], name="thread_changed"),
            models.Index(fields=["created_at"], condition=Q(private=True), name="thread_private"),
        ]

    def __str__(self) -> str:
        return self.title or f"{self.source}/{self.path}"

    def get_absolute_url(self) -> str:
        """Where everybody reads it; a private one is there for who has a link of their own to it, or saved it."""
        if self.private:
            return reverse("private-thread", args=[self.pk])
        return f"/thread/{self.source}/{self.path}"


class Member(models.Model):
    """A post's place: whichever post of a thread a link names (older versions of edited posts too), it leads here."""

    source = models.CharField(max_length=16, choices=SourceKey)
    path = models.CharField(max_length=512)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="members")
    anchor = models.CharField(max_length=24, blank=True, help_text="Its fragment on the page, for example post-7.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "path"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.source}/{self.path}"


class Job(Leased):
    """A request to fetch one post's thread. The row is the queue (docs/decisions/0011)."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    class Why(models.TextChoices):
        ASKED = "asked", "a reader pasted a link"
        REFRESH = "refresh", "a reader forced a refresh"
        CHECK = "check", "fresh threads are looked at again"
        MORE = "more", "a reader asked for the rest of a long thread"
        FOLLOWED = "followed", "a followed author wrote it"
        PRIVATE = "private", "a member wants it for a private link"
        MENTIONED = "mentioned", "somebody mentioned the bot"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(max_length=16, choices=SourceKey)
    key = models.CharField(max_length=512, help_text="PostRef.key of the post that was asked for.")
    link = models.CharField(max_length=2048, blank=True, help_text="As the reader gave it.")
    why = models.CharField(max_length=10, choices=Why, default=Why.ASKED)
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, blank=True, related_name="jobs")
    landing = models.CharField(max_length=600, blank=True, help_text="Where the reader is sent when it is done.")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    recording = models.BinaryField(null=True, help_text="What an interrupted fetch already brought home.")
    posts_seen = models.PositiveIntegerField(default=0)
    slow = models.BooleanField(
        default=False, db_default=False, help_text="Took longer than a first turn: left to workers of their own."
    )
    outcome = models.JSONField(default=dict, blank=True, help_text="What a refresh found: added, edited, removed.")
    error = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=300, blank=True, help_text="The error as the reader is told.")
    detail = models.TextField(blank=True, help_text="The error as an operator wants it.")

    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key"],
                condition=Q(state__in=["queued", "running"]),
                name="one_open_job_per_post",
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state__in=["queued", "running"]), name="job_open"),
            models.Index(fields=["thread", "-created_at"], name="job_by_thread"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="job_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.source}/{self.key}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.id])
