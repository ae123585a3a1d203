"""What the API remembers of requests that must not be done twice."""

from django.conf import settings
from django.db import models


class Replay(models.Model):
    """What a request did that carried an Idempotency-Key. No words are in it: the answer is made anew where it is
    asked for again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Null while the first request is being answered.")
    location = models.CharField(max_length=600, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="replay_once")]
        indexes = [models.Index(fields=["created_at"], name="replay_by_age")]

    def __str__(self) -> str:
        return self.key
