"""Lists of links that readers bring from elsewhere, and their library as files to take away."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Leased
from unroller.models.threads import Job, SourceKey, Thread


class LibraryImport(models.Model):
    """One list of links that a reader brought. It goes on by itself until none of its links waits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="library_imports")
    form = models.CharField(max_length=20, help_text="What it was read as.")
    skipped = models.PositiveIntegerField(default=0, help_text="Entries without a link to a post.")
    skipped_words = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text="The first of them, shortened."
    )
    beyond = models.PositiveIntegerField(default=0, help_text="Entries after the last one that was taken.")
    sentence = models.CharField(max_length=300, blank=True, help_text="Why its links wait, as the reader is told.")
    created_at = models.DateTimeField(auto_now_add=True)
    look_at = models.DateTimeField(null=True, default=timezone.now, help_text="When it goes on; empty when it is done.")

    class Meta:
        indexes = [models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="library_import_open")]

    def __str__(self) -> str:
        return f"{self.form} of {self.user}"

    def get_absolute_url(self) -> str:
        return reverse("library-import", args=[self.id])


class ImportedLink(models.Model):
    """One post of such a list, with what the list said about it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SAVED = "saved"
        FAILED = "failed"

    origin = models.ForeignKey(LibraryImport, models.CASCADE, related_name="links")
    source = models.CharField(max_length=16, choices=SourceKey)
    key = models.CharField(max_length=512, help_text="PostRef.key.")
    link = models.CharField(max_length=2048)
    saved_at = models.DateTimeField(null=True, blank=True, help_text="When it was saved elsewhere.")
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    note = models.TextField(blank=True)
    favorite = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    sentence = models.CharField(max_length=300, blank=True, help_text="Why it failed, or what was not taken over.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["origin", "source", "key"], name="imported_link_once")]
        indexes = [models.Index(fields=["origin", "id"], condition=Q(state="waiting"), name="imported_link_waiting")]

    def __str__(self) -> str:
        return f"{self.source}/{self.key}: {self.state}"


class LibraryExport(Leased):
    """A member's wish for their whole library as files: a zip of Markdown, EPUB or PDF, in parts where the networks'
    rules allow no more in a day. The row is the queue; parts lie in the default storage until they expire."""

    class Kind(models.TextChoices):
        MARKDOWN = "markdown", "Markdown"
        EPUB = "epub", "EPUB"
        PDF_A4 = "pdf-a4", "PDF, A4"
        PDF_LETTER = "pdf-letter", "PDF, Letter"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="library_exports")
    kind = models.CharField(max_length=10, choices=Kind)
    created_at = models.DateTimeField(auto_now_add=True)
    failures = models.PositiveSmallIntegerField(default=0, help_text="Since its last part; one while a worker has it.")
    reached = models.BigIntegerField(default=0, help_text="The last saved thread that was dealt with, or waits.")
    waiting = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text="Saved threads of X before it that have to wait."
    )
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0, help_text="Threads that are dealt with, for the page.")
    left_out = models.JSONField(default=list, blank=True, help_text="Threads without a file: whose, where, why.")
    sentence = models.CharField(max_length=300, blank=True, help_text="Why it waits, as the reader is told.")
    finished_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(finished_at=None), name="one_open_library_export_per_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} library of {self.user}"


class LibraryPart(models.Model):
    """One zip of a library."""

    export = models.ForeignKey(LibraryExport, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    file = models.CharField(max_length=200, blank=True, help_text="Its name in the storage; empty once it is gone.")
    withdrawn = models.BooleanField(default=False, help_text="It is gone since a thread in it was removed.")
    threads = models.PositiveIntegerField()
    thread_ids = ArrayField(models.BigIntegerField(), default=list, blank=True, help_text="Whose words are in it.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="library_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export}"
