"""What people were given. What they bought comes with the payments."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Grant(models.Model):
    """Premium that an administrator gave to somebody, with a reason and, mostly, an end."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: without an end.")
    reason = models.CharField(max_length=200)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="grant_ends_later")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"
