"""The rows that say how far each look has come."""

from django.utils import timezone

from unroller.models import Sweep


def locked(look: Sweep.Look) -> Sweep:
    """A look's row, locked in the caller's transaction; due at once where there was none."""
    Sweep.objects.get_or_create(look=look, defaults={"due_at": timezone.now()})
    return Sweep.objects.select_for_update().get(look=look)
