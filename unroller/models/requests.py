"""What a signed-in reader asked to have unrolled."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from unroller.models.threads import Job, Thread


class Request(models.Model):
    """A reader pasted a link. What they asked the bot for stands in its mentions."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="requests")
    link = models.CharField(max_length=2048, help_text="As the reader gave it.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="requests")
    thread = models.ForeignKey(Thread, models.SET_NULL, null=True, blank=True, related_name="requests")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "thread"], condition=Q(thread__isnull=False), name="request_once")
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="request_by_user")]

    def __str__(self) -> str:
        return self.link
