"""Paying on Stripe's page: beginning to pay for premium, and giving what was paid for, once, whoever notices first."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import slices
from accounts.models import User
from billing import mail, plans
from billing.actions import customers, donations, gifts, managing, once, outbox, syncing
from billing.facts import Session
from billing.gateway import catalog, checkout
from billing.gateway.errors import Away, Missing, Refused
from billing.models import BillingAccount, CheckoutIntent, Kind, OutboxCall
from billing.standing import ENDED

State = CheckoutIntent.State
LAST_MINUTE = timedelta(minutes=1)
"""A page that closes within it is of no use to anybody."""
BEGUN = timedelta(seconds=45)
"""So long a call that died may be repeated as it was: later Stripe would find its page open for too short a time."""

KEPT = timedelta(days=60)
"""Wishes that nobody paid. As long as Stripe's events (inbox.py), twice as long as the nightly look goes back."""


class Superseded(Exception):
    """The same person began something else at the same moment, in another tab."""


def begin_premium(user: User, key: str) -> str:
    """The address of the page where premium is paid by `key` (month, year); the portal's for who has a subscription.

    Two clicks at once get one page. Raises StripeError, Superseded.
    """
    account = customers.account_for(user)
    customers.ensure_customer(account)
    with transaction.atomic():
        account = customers.locked(account.id)
        syncing.sync(account)
        intent = None if has_subscription(account) else _wish(account, plans.PRICES[key])
    if intent is None:
        return managing.open_portal(account)
    try:
        return _page(intent.id, account.id)
    except Away as error:
        if error.wants_new_key:  # the next click is another wish, with another key
            unmade = CheckoutIntent.objects.filter(id=intent.id, session_id=None)
            unmade.update(state=State.EXPIRED, done_at=timezone.now())
        raise


def has_subscription(account: BillingAccount) -> bool:
    """Whether one lives, whatever it is worth: who has one must not buy a second."""
    return account.status not in ENDED | {""}


def settle(session_id: str) -> CheckoutIntent | None:
    """Look at a session and give what was paid for, if it was; None for a session that is not ours.

    Called by the return page and by events: any number of times, at once, in any order; it is given once. Raises
    StripeError.
    """
    found = CheckoutIntent.objects.filter(session_id=session_id).first()
    if found is None:
        return None
    with transaction.atomic():
        account = customers.locked(found.account_id) if found.account_id else None
        intent = CheckoutIntent.objects.select_for_update().get(id=found.id)
        _follow(intent, _session(session_id), account)
    return intent


def expired(session_id: str) -> None:
    """A page was closed unpaid. A newer one of the same person is another row, and not touched."""
    settle(session_id)


def failed(session_id: str) -> None:
    """A payment that takes days did not arrive. Stripe says so by this event alone: the session stays as it was."""
    intent = settle(session_id)
    if intent is None or intent.state == State.COMPLETE:
        return
    session = checkout.retrieve(session_id)
    with transaction.atomic():
        account = customers.locked(intent.account_id) if intent.account_id else None
        intent = CheckoutIntent.objects.select_for_update().get(id=intent.id)
        if intent.state == State.COMPLETE:
            return
        _end(intent, State.FAILED)
        if session.subscription_id:
            # Else its bill stays open and is tried again: whoever was told that nothing is owed would pay one day.
            key = f"failed-cancel-{session.subscription_id}"
            outbox.queue(
                OutboxCall.Action.CANCEL_SUBSCRIPTION, key, account=account, subscription=session.subscription_id
            )
        mail.delayed_payment_failed(intent, session.email)


def tidy() -> int:
    """Delete wishes that came to nothing long ago; how many. Those that were paid stay, with their payments."""
    unpaid = CheckoutIntent.objects.filter(state__in=[State.EXPIRED, State.FAILED], gift=None, payment=None)
    return slices.delete(unpaid.filter(done_at__lt=timezone.now() - KEPT))


def _wish(account: BillingAccount, price: plans.Price) -> CheckoutIntent | None:
    """What is to be paid: the wish that is open already, or a new one in its place; None when that one was paid."""
    old = CheckoutIntent.objects.filter(account=account, kind=Kind.PREMIUM, state=State.OPEN).first()
    if old is not None:
        if old.price_key == price.key and _is_of_use(old):
            return old
        if not _is_closed(old, account):
            return None
    return once.wish(Kind.PREMIUM, price.cents, account=account, price_key=price.key)


def _is_of_use(intent: CheckoutIntent) -> bool:
    """Whether its page can be paid on, or be made by the same call once more."""
    now = timezone.now()
    if intent.session_id is None:
        return intent.created_at > now - BEGUN
    session = _session(intent.session_id) if intent.expires_at > now + LAST_MINUTE else None
    return session is not None and session.status == "open"


def _is_closed(old: CheckoutIntent, account: BillingAccount) -> bool:
    """Close an old page; False when it was paid just now, and then that is seen to.

    One without a session died before anybody learned its address.
    """
    try:
        if old.session_id is not None:
            checkout.expire(old.session_id)
    except Refused:
        _follow(old, _session(old.session_id or ""), account)
        if has_subscription(account):
            return False
    if old.state == State.OPEN:
        _end(old, State.EXPIRED)
    return True


def _page(intent_id: UUID, account_id: UUID) -> str:
    """The address of a wish's page, which the first to come makes. Raises Superseded."""
    with transaction.atomic():
        account = customers.locked(account_id)
        intent = CheckoutIntent.objects.select_for_update().get(id=intent_id)
        if intent.state != State.OPEN:
            raise Superseded
        if intent.session_id is None:
            session = checkout.premium(
                customer_id=account.stripe_customer_id or "",
                price_id=catalog.price_id(plans.PRICES[intent.price_key]),
                reference=str(intent.id),
                expires_at=once.seconds(intent),
                done=once.came_back("/premium/done"),
                back=f"{settings.SITE_URL}/premium",
            )
            once.keep_page(intent, session)
        return intent.url


def _session(session_id: str) -> Session | None:
    """None for one that Stripe knows no more: its test data were deleted, or the key is another account's now."""
    try:
        return checkout.retrieve(session_id)
    except Missing:
        return None


def _follow(intent: CheckoutIntent, session: Session | None, account: BillingAccount | None) -> None:
    """Under the locks of both rows. What is complete and not paid yet waits for its money."""
    if intent.state == State.COMPLETE:
        return
    if session is None:
        _end(intent, State.EXPIRED)
    elif session.is_paid:
        _fulfil(intent, session, account)
        _end(intent, State.COMPLETE)
    elif session.status == "expired":
        _end(intent, State.EXPIRED)
    elif session.status == "complete" and account is not None:
        syncing.sync(account)


def _fulfil(intent: CheckoutIntent, session: Session, account: BillingAccount | None) -> None:
    match Kind(intent.kind):
        case Kind.PREMIUM if account is not None:
            syncing.sync(account)
        case Kind.DONATION:
            donations.fulfil(intent, session)
        case Kind.GIFT:
            gifts.fulfil(intent, session)


def _end(intent: CheckoutIntent, state: State) -> None:
    intent.state, intent.url, intent.done_at = state, "", timezone.now()
    intent.save(update_fields=["state", "url", "done_at"])
