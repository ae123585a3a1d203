"""Other services that are told of a reader's library: connected, tried, stopped, and given the news.

An integration is the queue (docs/decisions/0011): one worker at most has it, and tells it its deliveries one after the
other, so that a slow service holds up nobody but itself. Rows are locked in one order: the integration, its deliveries.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.leases import Queue
from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import networks, sealing
from unroller.actions import readwise
from unroller.actions.refusals import Refused
from unroller.core import errors, signatures
from unroller.models import Delivery, Highlight, Integration, ReadwiseCopy

Event = Delivery.Event
Kind = Integration.Kind

QUEUE = Queue(
    Integration,
    is_open=Q(has_news=True, stopped_at=None, user__is_active=True),  # who is banned tells nobody anything
    task="unroller.tell",
    lease=timedelta(seconds=60),  # far longer than one answer may take: the lease is renewed after each
)
PATIENCE = timedelta(days=1)
"""How long one piece of news is tried."""
MOST_WEBHOOKS = 5
MOST_ADDRESS = 500
AT_ONCE = 1_000
WANTED_BY: Mapping[Event, tuple[Kind, ...]] = {
    Event.SAVED: (Kind.WEBHOOK,),
    Event.HIGHLIGHTED: (Kind.WEBHOOK, Kind.READWISE),
}
STOPPED = "Not sent, because telling this service was stopped."


class CannotConnect(Refused):
    """A service cannot be told, or not like that."""


class Made(NamedTuple):
    """A webhook, and the secret that signs what is sent there; it cannot be had again."""

    integration: Integration
    secret: str


# What readers do


def connect_readwise(user: User, token: str) -> Integration:
    """Send a reader's highlights to their Readwise from now on; a new token takes the place of the one before.

    Readwise is asked whether it knows the token. Raises CannotConnect.
    """
    token = token.strip()
    try:
        is_known = readwise.knows(token)
    except readwise.CannotAsk as error:
        raise CannotConnect("Readwise does not answer just now. Please try again in a few minutes.") from error
    if not is_known:
        raise CannotConnect("Readwise does not know this token. Please copy it again from readwise.io/access_token.")
    at_rest = {"failures": 0, "not_before": None, "rests_until": None}
    fresh = {"secret": sealing.seal(token), "sentence": "", "stopped_at": None, **at_rest}
    with transaction.atomic():
        row, _ = Integration.objects.update_or_create(user=user, kind=Kind.READWISE, url="", defaults=fresh)
        ReadwiseCopy.objects.filter(integration=row).delete()  # the token may open another account
    return row


def connect_webhook(user: User, address: str) -> Made:
    """Tell an address of what happens in a reader's library, beginning with a test. Raises CannotConnect."""
    address = address.strip()
    try:
        networks.webhooks().check(address)
    except errors.Refused as error:
        raise CannotConnect("A webhook goes to a public https address, port 443, without name and password.") from error
    if len(address) > MOST_ADDRESS:
        raise CannotConnect(f"This address is longer than {MOST_ADDRESS} characters.")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        mine = Integration.objects.filter(user=user, kind=Kind.WEBHOOK)
        if mine.filter(url=address).exists():
            raise CannotConnect("This address is told already.")
        if mine.count() >= MOST_WEBHOOKS:
            raise CannotConnect(f"You have {MOST_WEBHOOKS} webhooks, as many as an account holds. Remove one first.")
        secret = signatures.secret(secrets.token_bytes(signatures.BYTES))
        row = Integration.objects.create(user=user, kind=Kind.WEBHOOK, url=address, secret=sealing.seal(secret))
        _tell([row], Event.TEST)
    return Made(row, secret)


def renew_secret(row: Integration) -> str:
    """Sign with another secret from the next delivery on."""
    secret = signatures.secret(secrets.token_bytes(signatures.BYTES))
    Integration.objects.filter(id=row.id).update(secret=sealing.seal(secret))
    return secret


def disconnect(row: Integration) -> None:
    """Tell this service nothing any more, and forget its secret and what it was told."""
    Integration.objects.filter(id=row.id).delete()


def ping(row: Integration) -> None:
    """Send a test. Raises CannotConnect for a service that was stopped."""
    with transaction.atomic():
        _tell(_listening([row.id]), Event.TEST, at_once=True)


def send_all(row: Integration) -> int:
    """Send every highlight of its reader to Readwise; how many will go. Raises CannotConnect."""
    with transaction.atomic():
        (locked,) = _listening([row.id])
        waiting = Delivery.objects.filter(integration=locked, about=OuterRef("id"), finished_at=None)
        mine = Highlight.objects.filter(user=locked.user_id, lost_at=None).filter(~Exists(waiting)).order_by("id")
        ids = list(mine.values_list("id", flat=True))
        rows = [_delivery(locked, Event.HIGHLIGHTED, about) for about in ids]
        Delivery.objects.bulk_create(rows, batch_size=AT_ONCE)
        if rows:
            _wake(locked)
    return len(rows)


def resume(row: Integration) -> None:
    """Tell a service again that was stopped. What happened meanwhile is not told."""
    fresh = {"stopped_at": None, "failures": 0, "sentence": "", "not_before": None, "rests_until": None}
    Integration.objects.filter(id=row.id).update(**fresh)


def redeliver(delivery: Delivery) -> None:
    """Send a finished delivery once more, under the id it had. Raises CannotConnect."""
    with transaction.atomic():
        (row,) = _listening([delivery.integration_id])
        again = {"attempts": 0, "not_before": None, "give_up_at": timezone.now() + PATIENCE, "finished_at": None}
        if Delivery.objects.filter(id=delivery.id).exclude(finished_at=None).update(**again, delivered=False):
            _wake(row, at_once=True)


# What happens in libraries


def news(user: User, event: Event, about: int) -> None:
    """Something happened: whoever is to know of it will be told. In the caller's transaction, and as its last step.

    `about`: the id of the Saved or the Highlight. What is yet to be told of the same thing is not told twice.
    """
    kinds = WANTED_BY[event]
    listening = Integration.objects.filter(user=user, stopped_at=None, kind__in=kinds)
    with transaction.atomic():
        rows = list(listening.select_for_update(no_key=True).order_by("id"))
        if rows and plan_for(user).allows(Feature.API):
            _tell(rows, event, about)


def stop(row: Integration, sentence: str) -> None:
    """Tell a service nothing any more until its reader says so; `row` is locked. What waits is given up."""
    now = timezone.now()
    row.stopped_at, row.sentence, row.has_news, row.leased_until = now, sentence, False, None
    row.save(update_fields=["stopped_at", "sentence", "has_news", "leased_until"])
    row.deliveries.filter(finished_at=None).update(finished_at=now, detail=STOPPED)


def _listening(ids: list[int]) -> list[Integration]:
    """Locked, in the caller's transaction. Raises CannotConnect when one was stopped or removed."""
    rows = Integration.objects.select_for_update(no_key=True).filter(id__in=ids, stopped_at=None).order_by("id")
    found = list(rows)
    if len(found) < len(ids):
        raise CannotConnect("This service is not told anything just now. Switch it on again first.")
    return found


def _tell(rows: Iterable[Integration], event: Event, about: int | None = None, *, at_once: bool = False) -> None:
    """Something new for each of these rows, which are locked."""
    for row in rows:
        same = Delivery.objects.filter(integration=row, event=event, about=about, finished_at=None, attempts=0)
        if not same.exists():
            _delivery(row, event, about).save()
        _wake(row, at_once=at_once)


def _delivery(row: Integration, event: Event, about: int | None) -> Delivery:
    return Delivery(integration=row, event=event, about=about, give_up_at=timezone.now() + PATIENCE)


def _wake(row: Integration, *, at_once: bool = False) -> None:
    """A row that is locked has something to tell: now, unless it rests, and is not asked for by its reader `at_once`.

    Nothing to do for one that a worker has, or is rung for already.
    """
    now = timezone.now()
    is_held = row.leased_until is not None and row.leased_until > now
    if is_held or (row.has_news and row.not_before is None):
        return
    rests = row.rests_until is not None and row.rests_until > now and not at_once
    row.has_news, row.rung_at = True, None
    row.not_before = row.rests_until = row.rests_until if rests else None
    row.save(update_fields=["has_news", "rung_at", "not_before", "rests_until"])
    if not rests:
        QUEUE.ring_after_commit(row.id)
