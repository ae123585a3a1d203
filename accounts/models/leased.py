"""The columns of a row that is work to be done: who holds it until when, and how often it was tried."""

from datetime import datetime

from django.db import models
from django.utils import timezone


class Leased(models.Model):
    """A row that workers take with a lease (accounts/leases.py). `attempts` is the count that ends poison rows and the
    fence: a worker that comes back after its lease was taken finds another number."""

    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True, help_text="It waits until then.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the broker last took the news of it.")

    class Meta:
        abstract = True

    @property
    def waits_until(self) -> datetime | None:
        """When it goes on, as far as that is ahead; None for a row that does not wait."""
        return self.not_before if self.not_before and self.not_before > timezone.now() else None
