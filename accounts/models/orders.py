"""What operators order while the site runs, and what they did: other numbers, bans, and the log of their deeds."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class Allowance(models.Model):
    """Another number in the place of a limit's own: for everybody, or for one visitor (`who`)."""

    name = models.CharField(max_length=60)
    who = models.CharField(
        max_length=100,
        blank=True,
        help_text="Empty for everybody; else as the limit counts: an address, or a number of an account.",
    )
    amount = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    set_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "who"], name="allowance_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="allowance_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.amount}{f' for {self.who}' if self.who else ''}"


class Ban(models.Model):
    """Who may not use the site: an account for good, or guests of an address or a network for a time."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="ban")
    network = models.CharField(max_length=43, blank=True, help_text="An address or a network, as 192.0.2.0/24.")
    until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(help_text="Who is banned by their account reads it in a mail.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, network="") | (Q(user=None, until__isnull=False) & ~Q(network="")),
                name="ban_of_account_or_network",
            ),
            models.UniqueConstraint(fields=["network"], condition=~Q(network=""), name="ban_of_network_once"),
        ]

    def __str__(self) -> str:
        return self.network or f"account {self.user_id}"


class Deed(models.Model):
    """What an operator did, or began to do. Rows are only added: a trigger refuses the rest (migration 0005).

    It has no key to anybody, so that neither the operator's nor anybody else's account keeps it or takes it along.
    """

    at = models.DateTimeField(auto_now_add=True)
    operator_id = models.BigIntegerField()
    operator = models.CharField(max_length=254, help_text="Their address as it was then.")
    address = models.CharField(max_length=64, help_text="Where they were signed in from; of IPv6 the network.")
    what = models.CharField(max_length=100)
    kind = models.CharField(max_length=100, blank=True, help_text="Of what they did it to, as app.table.")
    subjects = models.TextField(blank=True, help_text="The numbers of the rows.")
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="deed_newest"),
            models.Index(fields=["operator_id", "-at"], name="deed_by_operator"),
        ]

    def __str__(self) -> str:
        return f"{self.operator}: {self.what}"
