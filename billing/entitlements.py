"""What a person may do, computed at each call and never stored."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.plans import FREE, PREMIUM, Plan


def plan_for(user: User | AnonymousUser) -> Plan:
    """The plan of a person. Without billing (a site that has no Stripe) everybody has everything."""
    return FREE if settings.BILLING_ENABLED else PREMIUM
