"""People who support the site on Patreon and said so."""

from django.conf import settings
from django.db import models


class Patron(models.Model):
    """Somebody's account at Patreon, proved by signing in there; never guessed by an address."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="patron")
    patreon_id = models.CharField(max_length=64, unique=True, help_text="Their user at Patreon.")
    member_id = models.CharField(max_length=64, unique=True, null=True, blank=True, help_text="Their membership.")
    created_at = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"patron {self.patreon_id}"
