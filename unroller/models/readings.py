"""What readers have read, and where they stopped."""

from django.conf import settings
from django.db import models

from unroller.models.threads import Thread


class Reading(models.Model):
    """A signed-in reader opened a thread. `position` is the post they were at; `read_at` is set at its end."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="readings")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="readings")
    position = models.CharField(max_length=24, blank=True, help_text="An anchor of the page: post-14.")
    post_id = models.CharField(
        max_length=512, blank=True, help_text="The post there: anchors move when posts are added."
    )
    opened_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "thread"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.thread}"
