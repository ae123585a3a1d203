"""Copies of a thread's pictures and videos in our own storage, for members who keep it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Thread


class Medium(models.Model):
    """A file in our storage, once whatever its addresses are."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of its bytes, in hexadecimal.")
    type = models.CharField(max_length=40)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "media"

    def __str__(self) -> str:
        return f"{self.type} {self.digest[:12]}"


class Keeping(Leased):
    """The copies of one thread, for everybody who keeps it. The row is the queue: a worker fetches what the thread's
    page shows now. It goes when nobody keeps the thread any more, and when the thread is removed."""

    thread = models.OneToOneField(Thread, models.CASCADE, primary_key=True, related_name="keeping")
    changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the thread changed whose media are all here, or given up."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of all its copies.")
    missing = models.PositiveIntegerField(default=0, help_text="Media that could not be had, or are too large.")

    class Meta:
        indexes = [models.Index(fields=["created_at"], condition=Q(finished_at=None), name="keeping_open")]

    def __str__(self) -> str:
        return f"copies of {self.thread}"


class KeptMedium(models.Model):
    """An address of a medium in a kept thread, and the copy of it."""

    keeping = models.ForeignKey(Keeping, models.CASCADE, related_name="media")
    address_digest = models.CharField(max_length=64, help_text="SHA-256 of its address at the network.")
    address = models.TextField()
    medium = models.ForeignKey(Medium, models.PROTECT, related_name="kept")
    brought = models.BooleanField(
        default=False, help_text="Out of its author's archive, not from the address: shown in this thread alone."
    )

    class Meta:
        verbose_name_plural = "kept media"
        constraints = [models.UniqueConstraint(fields=["keeping", "address_digest"], name="kept_medium_once")]
        indexes = [models.Index(fields=["address_digest"], name="kept_medium_by_address")]

    def __str__(self) -> str:
        return self.address


class Keeper(models.Model):
    """Somebody whose saved threads are kept here (`Saved.copies`), or were while they were a member."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="keeper")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Not a member any more: the copies go then.")

    def __str__(self) -> str:
        return f"{self.user} keeps copies"
