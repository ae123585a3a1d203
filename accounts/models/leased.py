"""The columns of a row that is work to be done: who holds it until when, and how often it was tried."""

from django.db import models


class Leased(models.Model):
    """A row that workers take with a lease (accounts/leases.py). `attempts` is the count that ends poison rows and the
    fence: a worker that comes back after its lease was taken finds another number."""

    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True, help_text="It waits until then.")
    rung_at = models.DateTimeField(null=True, blank=True, help_text="When the broker last took the news of it.")

    class Meta:
        abstract = True
