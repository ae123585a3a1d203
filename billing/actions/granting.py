"""Premium that operators give, and take back."""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.actions import gifts
from billing.models import BillingAccount, Grant


def revoke(grants: Iterable[int]) -> int:
    """Take these (by id) back from now on; how many were good until now. The rows stay and say what was."""
    with transaction.atomic():
        good = Grant.objects.filter(id__in=list(grants), revoked_at=None)
        readers = list(User.objects.filter(id__in=good.values("user_id")))
        # Accounts are locked before what belongs to them.
        list(BillingAccount.objects.select_for_update().filter(user__in=readers).order_by("id"))
        count = good.update(revoked_at=timezone.now())
        for reader in readers:
            gifts.lay(reader)
    return count
