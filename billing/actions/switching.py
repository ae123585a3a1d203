"""Changing between month and year: to the year at once, for what was shown; to the month at the period's end."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from billing.actions import customers, managing, syncing
from billing.facts import Subscription
from billing.gateway import catalog, subscriptions
from billing.gateway.errors import Away, Declined
from billing.models import BillingAccount, Switch
from billing.plans import MONTH, YEAR

State = Switch.State
SHOWN_AGAIN = timedelta(minutes=10)
"""A page that is opened again says the same."""
GOOD_FOR = timedelta(hours=1)
"""After it the amount is worked out anew, before anything is charged."""


def offer(user: User) -> Switch | None:
    """What the year would cost somebody now; None for who cannot change to it. Raises StripeError."""
    account = BillingAccount.objects.filter(user=user, stripe_customer_id__isnull=False).first()
    if account is None:
        return None
    with transaction.atomic():
        account = customers.locked(account.id)
        syncing.sync(account)
        if not may_switch(account):
            return None
        open_one = account.switches.filter(state=State.OFFERED).first()
        one = subscriptions.retrieve(account.subscription_id)
        if open_one is not None and _is_good(open_one, one, SHOWN_AGAIN):
            return open_one
        account.switches.filter(state=State.OFFERED).delete()
        return _offered(account, one)


def confirm(user: User, switch_id: UUID | None = None) -> Switch | None:
    """Change to the year for what the offer said; None when there is no such offer, or it is too old.

    Without `switch_id`, the one that is open. The answer's state says whether the card was charged; if not, all is as
    before. Raises StripeError.
    """
    wanted = Switch.objects.filter(account__user=user)
    found = (wanted.filter(id=switch_id) if switch_id else wanted.filter(state=State.OFFERED)).first()
    if found is None:
        return None
    with transaction.atomic():
        account = customers.locked(found.account_id)
        switch = Switch.objects.select_for_update().filter(id=found.id).first()
        if switch is None or switch.state != State.OFFERED:
            return switch
        syncing.sync(account)
        if _is_done(account, switch):
            switch.state = State.DONE
        else:
            one = subscriptions.retrieve(account.subscription_id) if may_switch(account) else None
            if one is None or not _is_good(switch, one, GOOD_FOR):
                return None
            _change(account, switch)
            syncing.sync(account)
            switch.state = State.DONE if _is_done(account, switch) else State.FAILED
        switch.save(update_fields=["state"])
    return switch


def open_bill(user: User) -> str:
    """Where the bill of a change that waits is paid or approved; empty when nothing waits. Raises StripeError."""
    account = BillingAccount.objects.filter(user=user).exclude(subscription_id="").first()
    one = subscriptions.retrieve(account.subscription_id) if account else None
    bill = one.latest_invoice if one and one.has_pending_update else None
    return bill.hosted_url if bill and bill.status == "open" else ""


def downgrade(user: User) -> str | None:
    """The address where somebody confirms a month in place of their year; None without one. Raises StripeError."""
    account = BillingAccount.objects.filter(user=user, price_key=YEAR.key, status="active", ends_at=None).first()
    if account is None or account.next_price_key:
        return None
    return managing.downgrade(account, catalog.price_id(MONTH))


def may_switch(account: BillingAccount) -> bool:
    """Whoever pays by the month, is not late, and does not leave."""
    is_running = account.status == "active" and account.access_until is not None
    return is_running and account.price_key == MONTH.key and account.ends_at is None


def _offered(account: BillingAccount, one: Subscription) -> Switch:
    at = int(max(timezone.now(), one.period_start or timezone.now()).timestamp())  # Stripe's clock may be ahead
    amount, currency = subscriptions.preview_switch(
        account.stripe_customer_id or "", one, price_id=catalog.price_id(YEAR), at=at
    )
    return Switch.objects.create(
        account=account,
        subscription_id=account.subscription_id,
        price_key=YEAR.key,
        proration_date=at,
        amount=amount,
        currency=currency,
    )


def _is_good(switch: Switch, one: Subscription, how_long: timedelta) -> bool:
    """Young enough, and of the period that runs: Stripe reckons none from one that is over."""
    is_young = switch.created_at > timezone.now() - how_long
    began = int(one.period_start.timestamp()) if one.period_start else 0
    return is_young and switch.subscription_id == one.id and switch.proration_date >= began


def _is_done(account: BillingAccount, switch: Switch) -> bool:
    """What Stripe says now, whatever it answered to the call: an answer may have been lost."""
    return account.subscription_id == switch.subscription_id and account.price_key == switch.price_key


def _change(account: BillingAccount, switch: Switch) -> None:
    key = f"switch-{switch.id}"
    price_id = catalog.price_id(YEAR)
    # A card that is declined leaves all as it was. An answer that was lost may stand for a switch that is done. In
    # both cases the sync after it tells; while Stripe cannot be asked, nobody knows, and that raises there.
    with suppress(Declined, Away):
        subscriptions.switch(
            switch.subscription_id, item_id=account.item_id, price_id=price_id, at=switch.proration_date, key=key
        )
