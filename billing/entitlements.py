"""What a person may do, computed at each call and never stored."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from billing.models import Grant
from billing.plans import FREE, PREMIUM, Plan


def plan_for(user: User | AnonymousUser) -> Plan:
    """The plan of a person. Without billing (a site that has no Stripe) everybody has everything."""
    if not settings.BILLING_ENABLED:
        return PREMIUM
    return PREMIUM if user.is_authenticated and members().filter(id=user.id).exists() else FREE


def members() -> QuerySet[User]:
    """Everybody who has premium now; for statements about many people."""
    if not settings.BILLING_ENABLED:
        return User.objects.all()
    now = timezone.now()
    running = Grant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now)
    return User.objects.filter(id__in=running.values("user_id"))
