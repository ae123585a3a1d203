"""Premium that nobody's subscription pays for: gifts, patrons, and what an administrator gave."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from billing.models.checkouts import CheckoutIntent


class Grant(models.Model):
    """Premium for somebody, with a reason and, mostly, an end."""

    class Source(models.TextChoices):
        ADMIN = "admin", "an administrator"
        GIFT = "gift", "a gift"
        PATREON = "patreon", "Patreon"
        REFUND_FAILED = "refund_failed", "a refund that did not arrive"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    source = models.CharField(max_length=20, choices=Source, default=Source.ADMIN)
    source_ref = models.CharField(
        max_length=255, unique=True, null=True, blank=True, help_text="What it came from: the same gives it once."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: without an end.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="grant_ends_later")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"


class Gift(models.Model):
    """A year of premium that was paid for, as a code. Whoever enters it first has the year."""

    code = models.CharField(max_length=20, unique=True, help_text="Without its hyphens.")
    intent = models.OneToOneField(CheckoutIntent, models.PROTECT, related_name="gift")
    email = models.EmailField(blank=True, help_text="Who bought it, for the mail with the code.")
    grant = models.OneToOneField(Grant, models.SET_NULL, null=True, blank=True, related_name="gift")
    created_at = models.DateTimeField(auto_now_add=True)
    redeemed_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="It was refunded, or is disputed.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(grant=None) | Q(redeemed_at__isnull=False), name="gift_is_redeemed_before_it_gives"
            )
        ]

    def __str__(self) -> str:
        return f"gift {self.pk}"
