"""What the nightly look compares with Stripe: a function a subject, each does a page and says where the next begins."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from billing import keys
from billing.actions import alerts, checkout, payments, syncing
from billing.actions.customers import locked
from billing.facts import Charge, Event, Subscription
from billing.gateway import catalog, events, subscriptions
from billing.gateway import payments as charges
from billing.gateway.errors import Away, Refused
from billing.models import BillingAccount, CheckoutIntent, Payment, Reconciliation, WebhookEvent
from billing.standing import ENDED, Standing, duplicates, kept, standing

ROWS_A_PAGE = 50
DAY = timedelta(days=1)
REPORT_LINES = 1000
FAR_BACK = timedelta(days=30)
"""Stripe forgets events after that."""
FORGOTTEN = timedelta(hours=24)
"""A checkout that is open for so long is over at Stripe, however it ended."""

logger = logging.getLogger(__name__)

Cursor = dict[str, Any]
"""Where a look goes on, as JSON; empty at its beginning."""


class Wanted(NamedTuple):
    """What the site wants to hear of: types of events, and what the inbox does with those found (billing/inbox.py)."""

    types: list[str]
    keep: Callable[[Event], bool]
    """One that had not arrived."""
    replay: Callable[[Iterable[str]], int]
    """Those that were given up."""


@dataclass(slots=True)
class Look:
    """A look that is under way."""

    row: Reconciliation
    wanted: Wanted
    looked_at: set[UUID] = field(default_factory=set)
    """Accounts that differed, so that a dry run, which mends nothing, counts them once."""

    @property
    def fixes(self) -> bool:
        return self.row.fixes

    def say(self, sentence: str) -> None:
        """Put a finding into the report."""
        if len(self.row.report) < REPORT_LINES:
            self.row.report.append(sentence)

    def tell(self, kind: str, key: str, sentence: str, *, account: BillingAccount | None = None) -> None:
        """A finding that a person must look at."""
        self.say(sentence)
        if self.fixes:
            alerts.alert(kind, key, sentence, account=account)


def of_modes(look: Look, _: Cursor) -> Cursor | None:
    """Customers of Stripe's other mode: a test key on a live site, or the reverse."""
    count = BillingAccount.objects.filter(stripe_customer_id__isnull=False).exclude(livemode=_is_live()).count()
    if count:
        mode, other = ("live", "test") if _is_live() else ("test", "live")
        look.tell(
            "livemode", "accounts", f"The key is a {mode} key, and {count} customers were made with a {other} key."
        )
    return None


def of_members(look: Look, cursor: Cursor) -> Cursor | None:
    """Every subscription to a price of ours, a hundred a call, against the mirror of its customer's account."""
    prices = cursor.get("prices") or catalog.all_price_ids()
    if not prices:
        look.tell("no_prices", "ours", "Stripe has no price of ours, so no member was looked at: run stripe_setup.")
        return None
    try:
        page, has_more = subscriptions.page_of_price(prices[0], after=cursor.get("after", ""))
    except Refused:
        if "after" not in cursor:
            raise
        return {"prices": prices}  # the last one of the page before has ended since, and is in no list any more
    _compare(look, page)
    if has_more:
        return {"prices": prices, "after": page[-1].id}
    return {"prices": prices[1:]} if prices[1:] else None


def of_former_members(look: Look, cursor: Cursor) -> Cursor | None:
    """Accounts that seem to be members, and of which Stripe's lists said nothing."""
    living = ~Q(subscription_id="") & ~Q(status__in=ENDED) | Q(access_until__isnull=False)
    unseen = Q(last_synced_at=None) | Q(last_synced_at__lt=look.row.started_at)
    rows = list(_accounts().filter(living, unseen, **_after(cursor)).order_by("id")[:ROWS_A_PAGE])
    for account in rows:
        if account.pk not in look.looked_at:
            _sync(look, account)
            look.row.accounts += 1
    return _next(rows)


def of_checkouts(look: Look, cursor: Cursor) -> Cursor | None:
    """Checkouts that seem to be open since yesterday."""
    forgotten = CheckoutIntent.objects.filter(
        state=CheckoutIntent.State.OPEN, created_at__lt=look.row.started_at - FORGOTTEN, **_after(cursor)
    )
    rows = list(forgotten.order_by("id")[:ROWS_A_PAGE])
    for intent in rows:
        look.say(f"Checkout {intent.pk} ({intent}) seemed to be open.")
        if look.fixes:
            with _going_on(look, f"Checkout {intent.pk}"):
                _end(intent)
    return _next(rows)


def of_payments(look: Look, cursor: Cursor) -> Cursor | None:
    """Money that arrived and that there is no row of, a day at a time."""
    begin, end = _window(look, cursor)
    found = {each.payment_intent: each for each in charges.charges_since(begin, until=end)}
    known = set(Payment.objects.filter(payment_intent__in=found).values_list("payment_intent", flat=True))
    for charge in _of_ours([each for intent, each in found.items() if intent and intent not in known]):
        with _going_on(look, f"Payment {charge.payment_intent}"), _for_real(look):
            if payments.sync_payment(charge.payment_intent):
                look.say(f"Payment {charge.payment_intent} of {charge.amount} {charge.currency} was not known.")
    return _next_window(look, end)


def of_events(look: Look, cursor: Cursor) -> Cursor | None:
    """Events that never arrived, a day at a time: they go into the inbox like all others."""
    begin, end = _window(look, cursor)
    listed = events.since(begin, look.wanted.types, until=end)
    found = {event.id: event for event in listed if event.livemode == _is_live()}
    known = set(WebhookEvent.objects.filter(event_id__in=found).values_list("event_id", flat=True))
    for event in sorted(found.values(), key=lambda each: each.created_at):
        if event.id not in known:
            look.row.replayed += 1
            look.say(f"Event {event.id} ({event.type}) had not arrived.")
            if look.fixes:
                look.wanted.keep(event)
    return _next_window(look, end)


def of_failures(look: Look, cursor: Cursor) -> Cursor | None:
    """Events that were given up: what stood in their way may be mended, and doing them again is always safe."""
    failed = WebhookEvent.objects.filter(
        state=WebhookEvent.State.FAILED, stripe_created__gt=look.row.started_at - FAR_BACK, **_after(cursor)
    )
    rows = list(failed.order_by("id")[:ROWS_A_PAGE])
    for event in rows:
        look.say(f"Event {event.event_id} ({event.type}) had failed.")
    if look.fixes:
        look.wanted.replay([event.event_id for event in rows])
    return _next(rows)


LOOKS: tuple[Callable[[Look, Cursor], Cursor | None], ...] = (
    of_modes,
    of_members,
    of_former_members,
    of_checkouts,
    of_payments,
    of_events,
    of_failures,
)
"""In this order: what the lost events would have mended is found before, so that it counts as having differed."""


def _compare(look: Look, page: list[Subscription]) -> None:
    """Those whose mirror says the same are synced by that; of the others Stripe is asked again, under their lock."""
    by_customer: defaultdict[str, list[Subscription]] = defaultdict(list)
    for one in page:
        by_customer[one.customer_id].append(one)
    accounts = BillingAccount.objects.filter(stripe_customer_id__in=by_customer)
    found = {account.stripe_customer_id or "": account for account in accounts}
    now, same = timezone.now(), []
    for customer_id, ones in by_customer.items():
        account = found.get(customer_id)
        if account is None:
            _tell_of_strangers(look, ones)
        elif (
            account.closing_at is None
            and not duplicates(ones)
            and _expected(account, ones, now) == syncing.mirror_of(account)
        ):
            same.append(account.pk)
        elif account.pk not in look.looked_at:
            _sync(look, account)
    look.row.accounts += len(found)
    BillingAccount.objects.filter(pk__in=same).update(last_synced_at=now)


def _expected(account: BillingAccount, ones: list[Subscription], now: datetime) -> Standing:
    before = syncing.mirror_of(account)
    return standing(kept(ones), before=before, suspended=account.suspended_at is not None, now=now)


def _sync(look: Look, account: BillingAccount) -> None:
    look.looked_at.add(account.pk)
    with _going_on(look, f"Account {account}"):
        with _for_real(look):
            before = syncing.mirror_of(account)
            row = locked(account.pk)
            differed = syncing.sync(row)
        if differed:
            look.row.drift += 1
            look.say(f"Account {account} differed: {_difference(before, syncing.mirror_of(row))}.")


def _difference(before: Standing, after: Standing) -> str:
    names = [each.name for each in fields(Standing) if getattr(before, each.name) != getattr(after, each.name)]
    return ", ".join(f"{name} {getattr(before, name) or '–'} → {getattr(after, name) or '–'}" for name in names)


def _tell_of_strangers(look: Look, ones: list[Subscription]) -> None:
    for one in ones:
        sentence = f"Subscription {one.id} of customer {one.customer_id} has a price of ours, and nobody here has it."
        look.tell("stranger", one.id, sentence)


def _end(intent: CheckoutIntent) -> None:
    """Nobody can pay it any more: what became of it is Stripe's to say, if Stripe ever heard of it."""
    if intent.session_id:
        checkout.settle(intent.session_id)
    else:
        now = timezone.now()
        CheckoutIntent.objects.filter(pk=intent.pk).update(state=CheckoutIntent.State.EXPIRED, url="", done_at=now)


def _of_ours(found: list[Charge]) -> list[Charge]:
    """Those of our customers, and those that a checkout of ours led to. Other products share the account at Stripe."""
    customers = {each.customer_id for each in found if each.customer_id}
    ours = set(_accounts().filter(stripe_customer_id__in=customers).values_list("stripe_customer_id", flat=True))
    return [each for each in found if each.customer_id in ours or "intent" in each.metadata]


def _accounts() -> QuerySet[BillingAccount]:
    """Those that the key can ask about."""
    return BillingAccount.objects.filter(stripe_customer_id__isnull=False, livemode=_is_live())


def _is_live() -> bool:
    return keys.is_live(settings.STRIPE_SECRET_KEY)


@contextmanager
def _for_real(look: Look) -> Iterator[None]:
    """A dry run does everything and takes it back."""
    with transaction.atomic():
        yield
        if not look.fixes:
            transaction.set_rollback(True)


@contextmanager
def _going_on(look: Look, about: str) -> Iterator[None]:
    """What goes wrong with one thing is told and does not keep the others waiting, unless Stripe is away for all."""
    try:
        yield
    except Away:
        raise
    except Exception as error:
        logger.exception("reconciliation: %s", about)
        look.tell("reconciliation", about, f"{about}: {type(error).__name__}: {error}")


def _after(cursor: Cursor) -> dict[str, str]:
    return {"id__gt": cursor["after"]} if cursor else {}


def _next(rows: Sequence[BillingAccount | CheckoutIntent | WebhookEvent]) -> Cursor | None:
    return {"after": str(rows[-1].pk)} if len(rows) == ROWS_A_PAGE else None


def _window(look: Look, cursor: Cursor) -> tuple[datetime, datetime]:
    begin = datetime.fromisoformat(cursor.get("from") or look.row.progress["since"])
    return begin, min(begin + DAY, datetime.fromisoformat(look.row.progress["until"]))


def _next_window(look: Look, end: datetime) -> Cursor | None:
    return {"from": end.isoformat()} if end < datetime.fromisoformat(look.row.progress["until"]) else None
