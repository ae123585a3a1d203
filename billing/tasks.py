"""Doors for Celery: each parses, calls one action, and answers nothing."""

from celery import shared_task

from accounts.steps import each
from billing import inbox
from billing.actions import addresses, checkout, dunning, outbox, patrons, performing, reconciling
from billing.actions.looks import Wanted
from billing.handlers import HANDLERS


@shared_task(name="billing.process_event")
def process_event(event_id: str) -> None:
    """Do what one of Stripe's events asks for."""
    inbox.process(event_id)


@shared_task(name="billing.outbox")
def work_outbox() -> None:
    """Do at Stripe what is to be done there."""
    performing.work_due()


@shared_task(name="billing.sweep")
def sweep() -> None:
    """Ring for what waits without a bell; write what only time makes due."""
    each(inbox.sweep, addresses.push_changed, outbox.sweep, dunning.sweep)


@shared_task(name="billing.reconcile")
def reconcile() -> None:
    """Hold everything against Stripe, once a night."""
    reconciling.nightly(Wanted(sorted(HANDLERS), inbox.add, inbox.replay))


@shared_task(name="billing.look_at_patrons")
def look_at_patrons() -> None:
    """Read the campaign's list again, once a day."""
    patrons.look_at_due()


@shared_task(name="billing.look_at_patron")
def look_at_patron(patron_id: str, member_id: str) -> None:
    """Read one patron's membership again."""
    patrons.look_at(int(patron_id), member_id)


@shared_task(name="billing.tidy")
def tidy() -> None:
    """Delete what was understood, or given up, long ago."""
    each(inbox.tidy, checkout.tidy)
