"""Everything that waits for a worker, in one list: the rows are the queues (docs/decisions/0002), and this names all.

A test holds it against the code: every `accounts.leases.Queue` is here, and so is what the clock finds by a date.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from accounts import metrics as of_accounts
from accounts.waiting import Line, line
from billing import metrics as of_billing
from unroller.actions import (
    data_exports,
    integrations,
    jobs,
    keeping,
    library_exports,
    lookups,
    parcels,
    proving,
    thread_files,
)
from unroller.actions.archives import queue as archives
from unroller.actions.blogs import publishing
from unroller.actions.bot import working
from unroller.actions.bot.stages import stages
from unroller.actions.compliance import inquiries, vanished
from unroller.models import BotAccount, Chain, Delivery, LibraryImport, Notification, Shelf, Thread, Watch


def _dated(model: type[Any], field: str, **only: Any) -> Callable[[], QuerySet[Any]]:
    """Rows whose date has come."""
    return lambda: model.objects.filter(**{f"{field}__lte": timezone.now()}, **only)


def _notifications() -> QuerySet[Notification]:
    now = timezone.now()
    return Notification.objects.filter(
        Q(leased_until=None) | Q(leased_until__lte=now), settled_at=None, due_at__lte=now
    )


_unsaid = Delivery.objects.filter(integration=OuterRef("pk"), finished_at=None).order_by("created_at")
_news = Coalesce(Subquery(_unsaid.values("created_at")[:1]), F("created_at"))

LINES: tuple[Line, ...] = (
    *of_accounts.LINES,
    *of_billing.LINES,
    line(jobs.QUEUE),
    line(jobs.SLOW),
    line(lookups.QUEUE),
    line(lookups.SLOW),
    line(proving.QUEUE, "asked_at"),
    line(data_exports.QUEUE),
    line(thread_files.QUEUE),
    line(library_exports.QUEUE),
    line(parcels.QUEUE),
    line(keeping.QUEUE),
    line(integrations.QUEUE, _news),
    line(publishing.QUEUE, "asked_at"),
    line(working.QUEUE),
    line(vanished.QUEUE),
    line(inquiries.QUEUE),
    line(archives.QUEUE, Greatest("created_at", "arrived_at")),
    Line("unroller.notify", _notifications, Greatest("due_at", "leased_until"), ("due_at",)),
    Line("unroller.poll_due", _dated(Watch, "due_at"), "due_at", ("due_at",)),
    Line("unroller.unroll_quiet", _dated(Chain, "quiet_at"), "quiet_at", ("quiet_at",)),
    Line("unroller.check", _dated(Thread, "check_at", removed=""), "check_at", ("check_at",)),
    Line("unroller.announce_due", _dated(Thread, "announce_at"), "announce_at", ("announce_at",)),
    Line("unroller.import_links", _dated(LibraryImport, "look_at", user__is_active=True), "look_at", ("look_at",)),
    Line("unroller.weekly_books", _dated(Shelf, "weekly_at"), "weekly_at", ("weekly_at",)),
    Line(
        "unroller.poll_bot",
        lambda: BotAccount.objects.filter(due_at__lte=timezone.now(), source__in=list(stages())),
        "due_at",
        ("due_at",),
    ),
)
