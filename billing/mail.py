"""Every e-mail about money, one function each. Each is written once for what it is about, whatever repeats.

They are letters (accounts/mail.py), part of the caller's transaction. Who deleted their account gets none.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts import mail
from billing.currencies import written
from billing.models import BillingAccount, CheckoutIntent, Gift, Kind, Notice, Payment
from billing.plans import GIFT_CENTS, dollars

HYPHEN_EVERY = 4


def payment_failed(account: BillingAccount, invoice_id: str) -> bool:
    """The first of three about one bill: the card was declined, premium stays until the grace ends."""
    return _tell(account, f"failed:{invoice_id}", "payment_failed", _grace(account))


def payment_still_failing(account: BillingAccount, invoice_id: str) -> bool:
    """The second: half of the grace is over."""
    return _tell(account, f"still-failing:{invoice_id}", "payment_still_failing", _grace(account))


def payment_last_call(account: BillingAccount, invoice_id: str) -> bool:
    """The third: premium ends tomorrow."""
    return _tell(account, f"last-call:{invoice_id}", "payment_last_call", _grace(account))


def approval_needed(account: BillingAccount, invoice_id: str, url: str) -> bool:
    """The bank wants the card's owner to approve a renewal (3-D Secure): at `url`, Stripe's page of the bill."""
    return _tell(account, f"approve:{invoice_id}", "payment_approval", {**_grace(account), "url": url})


def renewal_soon(account: BillingAccount, *, on: datetime, amount: int) -> bool:
    """A yearly membership renews within days."""
    about = {"on": on, "price": dollars(amount)}
    return _tell(account, f"renews:{account.subscription_id}:{on:%Y-%m-%d}", "renewal_soon", about)


def duplicate_returned(account: BillingAccount, subscription_id: str) -> bool:
    """They paid for premium twice: the second is cancelled and its money on its way back."""
    return _tell(account, f"duplicate:{subscription_id}", "duplicate_returned", {})


def membership_refunded(account: BillingAccount, payment: Payment) -> bool:
    """A payment was given back, and with it the time it paid for."""
    about = {"price": written(payment.amount, payment.currency)}
    return _tell(account, f"refunded:{payment.payment_intent}", "membership_refunded", about)


def membership_ended(account: BillingAccount) -> bool:
    """The last try to renew it failed, or it was ended while that was tried."""
    return _tell(account, f"ended:{account.subscription_id}", "membership_ended", {})


TRY_AGAIN = {Kind.PREMIUM: "/premium", Kind.GIFT: "/gift", Kind.DONATION: "/donate"}


def delayed_payment_failed(intent: CheckoutIntent, email: str) -> bool:
    """A payment that takes days did not arrive: nothing was bought. `email` is how Stripe knows a guest."""
    user = intent.account.user if intent.account else None
    to = user.email if user else email
    if not to or (intent.account and user is None) or not _is_new(intent.account, f"delayed:{intent.id}"):
        return False
    about = {"address": settings.SITE_URL + TRY_AGAIN[Kind(intent.kind)]}
    mail.send("delayed_payment_failed", to, about, user=user)
    return True


def gift_bought(gift: Gift) -> bool:
    """The code, to whoever bought it."""
    if not gift.email or not _is_new(None, f"gift:{gift.intent_id}"):
        return False
    code = shown(gift.code)
    about = {"code": code, "price": dollars(GIFT_CENTS), "url": f"{settings.SITE_URL}/gift/redeem?code={code}"}
    mail.send("gift_code", gift.email, about)
    return True


def shown(code: str) -> str:
    """A gift's code as people read it."""
    return "-".join(code[start : start + HYPHEN_EVERY] for start in range(0, len(code), HYPHEN_EVERY))


def _grace(account: BillingAccount) -> dict[str, object]:
    return {"until": account.grace_until, "address": f"{settings.SITE_URL}/account"}


def _tell(account: BillingAccount, key: str, name: str, about: Mapping[str, Any]) -> bool:
    """Write the mail, unless it was written before or there is nobody any more; whether it was."""
    user = account.user
    if user is None or not _is_new(account, key):
        return False
    mail.send(name, user.email, about, user=user)
    return True


def _is_new(account: BillingAccount | None, key: str) -> bool:
    return Notice.objects.get_or_create(key=key[:255], defaults={"account": account})[1]
