"""Accounts that are being deleted: a row stays until every part of the site has let go."""

from django.db import models
from django.db.models import Q

from accounts.models.leased import Leased


class Closing(Leased):
    """The wish of a person to be forgotten. It names them by number only, since their row will be gone."""

    user_id = models.BigIntegerField(unique=True)
    email = models.EmailField(blank=True, help_text="For the last mail; emptied when it is done.")
    requested_at = models.DateTimeField(auto_now_add=True)
    error = models.TextField(blank=True, help_text="Why the last try failed.")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["requested_at"], condition=Q(done_at=None), name="closing_open")]

    def __str__(self) -> str:
        return f"account {self.user_id}"
