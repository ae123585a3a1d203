"""Things to do at Stripe, kept as rows until they are done: whatever is away at the moment, and whoever dies."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.bell import ring
from accounts.models import User
from billing.models import BillingAccount, OutboxCall


def queue(action: OutboxCall.Action, key: str, *, account: BillingAccount | None = None, **args: Any) -> OutboxCall:
    """Keep something to do in the caller's transaction. The same key is the same thing: it is done once."""
    call, _ = OutboxCall.objects.get_or_create(
        idempotency_key=key, defaults={"action": action, "account": account, "args": args}
    )
    bell()
    return call


def due() -> QuerySet[OutboxCall]:
    """What is to be done now, the oldest first."""
    is_time = Q(not_before=None) | Q(not_before__lte=timezone.now())
    return OutboxCall.objects.filter(is_time, done_at=None).order_by("created_at", "id")


def give_up(calls: Iterable[int], by: User) -> int:
    """An operator wants these (by id) tried no more; how many waited. What a worker holds at the moment goes on."""
    with transaction.atomic():
        waiting = OutboxCall.objects.select_for_update(skip_locked=True).filter(id__in=list(calls), done_at=None)
        given_up = list(waiting)
        for call in given_up:
            call.done_at = timezone.now()
            call.last_error = f"Given up by operator {by.pk}. {call.last_error}".strip()
            if call.action == OutboxCall.Action.PUSH_EMAIL:
                # The row stays, and an address is not for keeping.
                call.args = {}
            call.save(update_fields=["done_at", "last_error", "args"])
    return len(given_up)


def sweep() -> bool:
    """Ring when something waits whose bell was lost, or whose time to be tried again has come."""
    waits = due().exists()
    if waits:
        bell()
    return waits


def bell(*, seconds: float = 0) -> None:
    """Ring after the commit, or so long after it. Where the bell is lost the sweep rings."""
    transaction.on_commit(lambda: ring("billing.outbox", countdown=seconds), robust=True)
