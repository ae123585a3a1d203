"""The rows that say how far each look has come."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from unroller.models import Sweep


def locked(look: Sweep.Look) -> Sweep:
    """A look's row, locked in the caller's transaction; due at once where there was none."""
    Sweep.objects.get_or_create(look=look, defaults={"due_at": timezone.now()})
    return Sweep.objects.select_for_update().get(look=look)


def taken(look: str, lease: timedelta) -> Sweep | None:
    """A look's row in this worker's hands, with the turn that proves it; None when it is taken or told to wait."""
    now = timezone.now()
    Sweep.objects.get_or_create(look=look, defaults={"due_at": now})
    with transaction.atomic():
        row = Sweep.objects.select_for_update().filter(look=look, due_at__lte=now).first()
        if row is None:
            return None
        if row.began_at is None or (row.ended_at and row.ended_at >= row.began_at):
            row.began_at = now
        row.due_at, row.turn = now + lease, row.turn + 1
        row.save(update_fields=["began_at", "due_at", "turn"])
    return row
