"""Files made of threads: one for each state of its words and each kind, made once, taken by everybody who may."""

import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models import Leased
from unroller.models.threads import Thread


class ThreadFile(Leased):
    """A file of a thread as its words are at a time. The row is the queue; the file lies in the default storage until
    nobody took it for a while, or the thread changes or is removed."""

    class Kind(models.TextChoices):
        PDF_A4 = "pdf-a4", "PDF, A4"
        PDF_LETTER = "pdf-letter", "PDF, Letter"
        EPUB = "epub", "EPUB"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="files")
    changed_at = models.DateTimeField(help_text="When the words changed that it is made of.")
    kind = models.CharField(max_length=10, choices=Kind)
    pictures = models.PositiveIntegerField(default=0, help_text="How many there are to fetch.")
    pictures_done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    sentence = models.CharField(max_length=300, blank=True, help_text="Why there is none, as the reader is told.")
    detail = models.TextField(blank=True, help_text="The same as an operator wants it.")
    file = models.CharField(max_length=200, blank=True, help_text="Its name in the storage.")
    ending = models.CharField(max_length=4, blank=True, help_text="pdf, epub, or zip for a PDF in volumes.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes.")
    used_at = models.DateTimeField(null=True, blank=True, help_text="When somebody last took it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thread", "changed_at", "kind"], name="thread_file_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="thread_file_open"),
            models.Index(fields=["used_at"], name="thread_file_by_use"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.thread}"

    def get_absolute_url(self) -> str:
        return reverse("thread-file", args=[self.id])
