"""Unguessable links: to threads that are on no list, and to a file for a friend.

The secret in an address is not in the row (unroller.unguessable): a copy of the database opens nothing.
"""

import uuid

from django.conf import settings
from django.db import models

from unroller.models.files import ThreadFile
from unroller.models.threads import Job, Thread


class PrivateLink(models.Model):
    """A member's link to a thread. A thread that came here by such links alone has no public page (Thread.private), and
    goes when the last of them ends."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="private_links")
    digest = models.CharField(
        max_length=43, unique=True, help_text="SHA-256 of the secret in its address, in base64url."
    )
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    thread = models.ForeignKey(Thread, models.CASCADE, null=True, blank=True, related_name="private_links")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="private_link_by_user"),
            models.Index(fields=["expires_at"], name="private_link_to_end"),
        ]

    def __str__(self) -> str:
        return f"private link to {self.thread or self.job}"


class FileGift(models.Model):
    """A member lets a friend take one file of one thread, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="file_gifts")
    digest = models.CharField(
        max_length=43, unique=True, help_text="SHA-256 of the secret in its address, in base64url."
    )
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=ThreadFile.Kind)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="file_gift_to_end")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.thread} for a friend"
