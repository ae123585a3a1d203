"""Reads of the other services that a reader connected, and of what they were told lately."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from unroller.models import Delivery, Integration

SHOWN = 20
"""Deliveries of a service."""


class Service(NamedTuple):
    """A service, and its last deliveries, the newest first."""

    integration: Integration
    deliveries: Sequence[Delivery]


def of(user: User) -> list[Service]:
    """A reader's services, Readwise first; two queries for any number."""
    rows = list(Integration.objects.filter(user=user).order_by("kind", "created_at", "id"))
    number = Window(RowNumber(), partition_by=F("integration_id"), order_by=[F("created_at").desc(), F("id").desc()])
    latest = Delivery.objects.filter(integration__user=user).annotate(number=number).filter(number__lte=SHOWN)
    told: dict[int, list[Delivery]] = {}
    for delivery in latest.order_by("-created_at", "-id"):
        told.setdefault(delivery.integration_id, []).append(delivery)
    return [Service(row, told.get(row.id, [])) for row in rows]
