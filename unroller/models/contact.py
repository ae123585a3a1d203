"""What visitors write to the people who run the site."""

from django.conf import settings
from django.db import models


class ContactMessage(models.Model):
    """A message from the contact form, kept until it is answered and for a while after that."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    about = models.CharField(max_length=2048, blank=True, help_text="The page it was written from.")
    created_at = models.DateTimeField(auto_now_add=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="contact_message_newest")]

    def __str__(self) -> str:
        return self.subject
