"""Personal tokens: how a person's programs sign in to the API."""

from django.db import models

from accounts.models.people import User


class Token(models.Model):
    """A token of the API. The token itself is shown once and kept as a digest; `hint` is how its owner knows it."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256, in hexadecimal; the token is random.")
    hint = models.CharField(max_length=16, help_text="Its first characters.")
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="token_by_user")]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"
