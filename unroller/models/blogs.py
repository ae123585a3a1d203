"""Authors' own blogs, and which of their threads stand there."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Leased
from unroller.models.threads import Thread


class Blog(models.Model):
    """A blog that its owner lets us post to. `sealed`: the key to it, encrypted at rest."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blogs")
    address = models.URLField(max_length=500, help_text="The blog itself, by which it is known.")
    token_endpoint = models.URLField(max_length=2048)
    revocation_endpoint = models.URLField(max_length=2048, blank=True)
    micropub_endpoint = models.URLField(max_length=2048)
    media_endpoint = models.URLField(max_length=2048, blank=True, help_text="Where pictures go, if anywhere.")
    sealed = models.TextField()
    good_until = models.DateTimeField(null=True, blank=True, help_text="When the key has to be renewed.")
    sentence = models.CharField(max_length=300, blank=True, help_text="Why it has to be connected again.")
    connected_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "address"], name="blog_once")]

    def __str__(self) -> str:
        return f"{self.address} of {self.user}"


class BlogPost(Leased):
    """A thread that is on its author's blog, or on its way there: the row is the queue. It holds no words."""

    class State(models.TextChoices):
        READY = "ready", "waits to be sent"
        SENDING = "sending", "was being sent"
        UNSURE = "unsure", "may be there: its owner is asked"
        PUBLISHED = "published"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    blog = models.ForeignKey(Blog, models.CASCADE, related_name="posts")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="blog_posts")
    slug = models.CharField(max_length=40, unique=True, help_text="By which it is found on the blog.")
    draft = models.BooleanField(default=False, help_text="Sent as a draft.")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    url = models.URLField(max_length=2048, blank=True, help_text="Where it stands; what is sent then changes it.")
    words_of = models.DateTimeField(null=True, blank=True, help_text="Thread.changed_at of what stands there.")
    uploads = models.JSONField(
        default=dict, blank=True, help_text="Pictures on the blog, by digests of their addresses."
    )
    sentence = models.CharField(
        max_length=300, blank=True, help_text="What came of the last try, as the owner is told."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(help_text="When publishing was last asked for.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When a new entry was last sent.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blog", "thread"], name="blog_post_once")]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(state__in=["ready", "sending"]), name="blog_post_to_send")
        ]

    def __str__(self) -> str:
        return f"{self.slug}: {self.state}"
