"""What readers keep: saved threads with tags and notes, and highlighted passages."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from unroller.models.threads import Thread


class Copies(models.TextChoices):
    """Whether copies of a saved thread's media are kept here for its reader."""

    UNDECIDED = "", "as soon as the plan allows"
    KEPT = "kept", "kept"
    LET_GO = "let-go", "not wanted"
    NO_ROOM = "no-room", "no room was left"


class Saved(models.Model):
    """A thread in a reader's library. Tags are in small letters, each once, in the order they were given."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="saved")
    saved_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True, help_text="Put away: done with, but kept.")
    favorite = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    changed_at = models.DateTimeField(auto_now=True)
    copies = models.CharField(max_length=10, choices=Copies, default=Copies.UNDECIDED, blank=True)

    class Meta:
        verbose_name_plural = "saved"
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="saved_once")]
        indexes = [
            models.Index(fields=["user", "-saved_at", "-id"], name="saved_by_user"),
            models.Index(fields=["user", "id"], condition=models.Q(copies=""), name="saved_to_keep"),
            models.Index(fields=["thread"], condition=models.Q(copies="kept"), name="saved_and_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.user} saved {self.thread}"


class Color(models.TextChoices):
    """Of a highlight."""

    YELLOW = "yellow", "Yellow"
    GREEN = "green", "Green"
    BLUE = "blue", "Blue"
    PINK = "pink", "Pink"


class Highlight(models.Model):
    """A passage of one post that a reader marked.

    `start` and `length` count code points of the post's words as its page shows them; `quote` has the separators of
    Unicode where lines and paragraphs end there (core/passages.py). The words of a passage that its author removed are
    removed here too; `digest` lets it be found again should it come back.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="highlights")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="highlights")
    post_id = models.CharField(max_length=512)
    start = models.PositiveIntegerField()
    length = models.PositiveIntegerField()
    quote = models.TextField(blank=True, help_text="The passage; empty while it is lost.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the passage, in hexadecimal.")
    color = models.CharField(max_length=10, choices=Color, default=Color.YELLOW)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(auto_now=True)
    lost_at = models.DateTimeField(null=True, blank=True, help_text="When its passage was found to be gone.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "thread", "post_id", "start", "length"],
                condition=models.Q(lost_at=None),
                name="highlight_once",
            )
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="highlight_by_user"),
            models.Index(fields=["thread"], name="highlight_by_thread"),
        ]

    def __str__(self) -> str:
        return f"{self.user} marked {self.thread} at {self.post_id}"
