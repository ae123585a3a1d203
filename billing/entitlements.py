"""What a person may do, computed at each call and never stored."""

from dataclasses import replace

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts import limits
from accounts.models import User
from billing.models import BillingAccount, Grant
from billing.plans import FREE, PREMIUM, Limit, Plan


def plan_for(user: User | AnonymousUser) -> Plan:
    """The plan of a person. Without billing (a site that has no Stripe) everybody has everything."""
    return offered(PREMIUM if _has_premium(user) else FREE)


def members() -> QuerySet[User]:
    """Everybody who has premium now; for statements about many people. Each is looked up by an index: a list of all who
    pay no longer fits into the database's memory some day, and is then read once for each of them."""
    if not settings.BILLING_ENABLED:
        return User.objects.all()
    paying = BillingAccount.objects.filter(access_until__gt=timezone.now(), user=OuterRef("id"))
    return User.objects.filter(Exists(paying) | Exists(running_grants().filter(user=OuterRef("id"))))


def running_grants() -> QuerySet[Grant]:
    """What was given and is good now."""
    now = timezone.now()
    return Grant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), starts_at__lte=now, revoked_at=None)


def offered(plan: Plan) -> Plan:
    """A plan with this site's own numbers of new unrolls: what the settings say for everybody, and what an operator
    says for the plan while the site runs."""
    set_up = settings.UNROLLS_AN_HOUR or plan.limit(Limit.UNROLLS)
    an_hour = limits.amount(f"unrolls-{plan.name}", set_up)
    if an_hour == plan.limit(Limit.UNROLLS):
        return plan
    return replace(plan, limits={**plan.limits, Limit.UNROLLS: an_hour})


def _has_premium(user: User | AnonymousUser) -> bool:
    if not settings.BILLING_ENABLED:
        return True
    return user.is_authenticated and members().filter(id=user.id).exists()
