"""Threads on their way to people: to a friend's mailbox, to an e-reader, once a week as a book."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Thread


class Shelf(models.Model):
    """Where a reader's books go: the address of their e-reader, and the weekly book of what they saved and not read."""

    class Weekly(models.TextChoices):
        OFF = "", "Never"
        MAIL = "mail", "By e-mail, every Monday"
        KINDLE = "kindle", "To my Kindle, every Monday"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="shelf")
    kindle = models.EmailField(blank=True)
    weekly = models.CharField(max_length=10, choices=Weekly, blank=True, default=Weekly.OFF)
    weekly_at = models.DateTimeField(null=True, blank=True, help_text="When the next weekly book is due.")
    stop_token = models.UUIDField(
        default=uuid.uuid4, unique=True, help_text="Ends the weekly book, without signing in."
    )

    class Meta:
        verbose_name_plural = "shelves"
        indexes = [models.Index(fields=["weekly_at"], condition=Q(weekly_at__isnull=False), name="shelf_due")]

    def __str__(self) -> str:
        return f"shelf of {self.user}"


class Parcel(Leased):
    """A mail about threads that a worker makes and sends. The row is the queue (docs/decisions/0011).

    One to a friend is deleted once it is settled, and their address with it.
    """

    class Kind(models.TextChoices):
        FRIEND = "friend", "a thread to a friend"
        KINDLE = "kindle", "a thread to an e-reader"
        WEEKLY = "weekly", "the weekly book"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Also its Message-ID.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="parcels")
    kind = models.CharField(max_length=10, choices=Kind)
    thread = models.ForeignKey(Thread, models.CASCADE, null=True, blank=True, related_name="+")
    to = models.EmailField("to")
    note = models.TextField(blank=True, help_text="A line to a friend.")
    plain = models.BooleanField(default=False, help_text="Without pictures: with them the book was too large.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    sent = models.BooleanField(default=False)
    sentence = models.CharField(max_length=300, blank=True, help_text="What became of it, as the reader is told.")
    detail = models.TextField(blank=True, help_text="The same as an operator wants it.")

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="parcel_open"),
            models.Index(fields=["user", "-created_at"], name="parcel_by_user"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="parcel_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class Bundled(models.Model):
    """A thread was in somebody's weekly book, or is about to be: it comes in no other."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bundled")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")
    parcel = models.ForeignKey(Parcel, models.SET_NULL, null=True, related_name="bundled")

    class Meta:
        verbose_name_plural = "bundled"
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="bundled_once")]

    def __str__(self) -> str:
        return f"{self.thread} in a book of {self.user}"


class Recommendation(models.Model):
    """A member sent a thread to a friend's address. Only a digest of the address stays, for a while, so that nobody is
    written to about one thread again and again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recommendations")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")
    address_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "thread", "address_digest"], name="recommendation_once")]
        indexes = [models.Index(fields=["created_at"], name="recommendation_by_age")]

    def __str__(self) -> str:
        return f"{self.user} recommends {self.thread}"


class Refusal(models.Model):
    """An address that readers' mail does not go to. Only a digest of it is kept."""

    address_digest = models.CharField(max_length=64, primary_key=True)
    bounced = models.BooleanField(
        default=False, help_text="There was no such address. Else: somebody wants none, ever."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.address_digest[:12]
