"""Gifts: a year as a code, whose time begins when what its reader has already ends."""

import secrets
from dataclasses import fields
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from billing import mail
from billing.actions import customers, ledger
from billing.facts import Session
from billing.laying import Span, a_year_from, laid, paid
from billing.models import BillingAccount, CheckoutIntent, Gift, Grant
from billing.standing import Standing

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
MISREAD = str.maketrans("OIL", "011", " -")
"""What people write for what they read; none of it is in LETTERS."""
UNKNOWN = "There is no gift with this code. Please compare it with the mail, letter by letter."
USED = "Somebody has used this code already. It gives a year once."
YOURS = "You have used this code already: its year is yours."
TAKEN_BACK = "This code gives nothing any more: its payment was taken back."
ENDLESS = "You have premium without an end, so this year would be lost on you. Give the code to somebody else."


class NoGift(ValueError):
    """The code gives nothing; the sentence is for the reader."""


def fulfil(intent: CheckoutIntent, session: Session) -> Gift:
    """The gift that a paid session bought, its payment's row and the mail with the code; once, however often called.

    The caller holds the intent's lock. Raises StripeError.
    """
    buyer = intent.account.user if intent.account else None
    made = {"code": _code(), "email": buyer.email if buyer else session.email}
    gift, is_new = Gift.objects.get_or_create(intent=intent, defaults=made)
    entry = ledger.write(session.payment_intent, ledger.Owner(intent.account_id, intent.id))
    if is_new and entry is not None and entry.payment.is_taken_back:
        take_back(gift)
    elif is_new:
        mail.gift_bought(gift)
    if is_new and intent.account is not None and (buyer is None or intent.account.closing_at is not None):
        # Who deleted their account is told the code, and nothing else knows their address any more.
        gift.email = ""
        gift.save(update_fields=["email"])
    return gift


def plain(code: str) -> str:
    """A code as it is kept, however it was written."""
    return code.upper().translate(MISREAD)


def redeem(user: User, code: str) -> Grant:
    """Give the year of a code to `user`, after everything they have already. Raises NoGift."""
    account = customers.account_for(user)
    with transaction.atomic():
        account = customers.locked(account.id)
        gift = _checked(code, user)
        starts = _free_from(account)
        gift.grant = Grant.objects.create(
            user=user,
            source=Grant.Source.GIFT,
            source_ref=f"gift:{gift.intent_id}",
            starts_at=starts,
            ends_at=a_year_from(starts),
            reason="A year as a gift",
        )
        gift.redeemed_at = timezone.now()
        gift.save(update_fields=["grant", "redeemed_at"])
        return gift.grant


def push_gifts(account: BillingAccount, before: Standing, after: Standing) -> None:
    """Let gifts wait while a subscription is paid for, and begin when it ends. The caller holds the account's lock."""
    if account.user_id is not None:
        _lay(account, paid(after, before=before, now=timezone.now()))


def lay(user: User) -> None:
    """Put somebody's gifts where they count, after something else that was given to them began, ended or moved."""
    with transaction.atomic():
        # Nobody redeems without an account.
        account_id = BillingAccount.objects.filter(user=user).values_list("id", flat=True).first()
        if account_id is not None:
            account = customers.locked(account_id)
            push_gifts(account, _mirror(account), _mirror(account))


def take_back(gift: Gift) -> None:
    """What was paid for it is gone: it gives nothing, and the gifts behind it come forward. Both rows are locked."""
    if gift.revoked_at is not None:
        return
    gift.revoked_at = timezone.now()
    gift.save(update_fields=["revoked_at"])
    if gift.grant is not None and gift.grant.revoked_at is None:
        gift.grant.revoked_at = gift.revoked_at
        gift.grant.save(update_fields=["revoked_at"])
        lay(gift.grant.user)


def bring_back(gift: Gift) -> None:
    """It is paid for after all: what was left of it counts, behind everything else. Both rows are locked.

    A year that somebody else ended as well, an operator for instance, stays ended.
    """
    taken_at, grant = gift.revoked_at, gift.grant
    if taken_at is None:
        return
    gift.revoked_at = None
    gift.save(update_fields=["revoked_at"])
    if grant is None or grant.ends_at is None or grant.revoked_at != taken_at:
        return
    left = grant.ends_at - max(grant.starts_at, min(taken_at, grant.ends_at))
    if left:
        account = BillingAccount.objects.filter(user=grant.user).first()
        grant.starts_at = _free_from(account) if account else timezone.now()
        grant.ends_at = grant.starts_at + left
        grant.revoked_at = None
        grant.save(update_fields=["starts_at", "ends_at", "revoked_at"])


def _checked(code: str, user: User) -> Gift:
    """The gift of a code, locked. Raises NoGift where it gives nothing to `user`."""
    letters = plain(code)
    is_code = len(letters) == LENGTH and set(letters) <= set(LETTERS)
    # Not joined with the year it gave: an empty side of a join cannot be locked.
    gift = Gift.objects.select_for_update().filter(code=letters).first() if is_code else None
    if gift is None:
        raise NoGift(UNKNOWN)
    if gift.redeemed_at is not None:
        raise NoGift(YOURS if gift.grant is not None and gift.grant.user_id == user.id else USED)
    if gift.revoked_at is not None:
        raise NoGift(TAKEN_BACK)
    if _given(user).filter(ends_at=None).exists():
        raise NoGift(ENDLESS)
    return gift


def _free_from(account: BillingAccount) -> datetime:
    """When everything that somebody has now is over."""
    now = timezone.now()
    mirror = _mirror(account)
    subscription = paid(mirror, before=mirror, now=now)
    ends = [grant.ends_at for grant in _given(account.user) if grant.ends_at is not None]
    return max([now, *ends, *([subscription.ends] if subscription else [])])


def _given(user: User | None) -> QuerySet[Grant]:
    """All that somebody was given, also what is over: what ended while it was covered is owed still."""
    return Grant.objects.filter(user=user, revoked_at=None).order_by("starts_at", "id")


def _mirror(account: BillingAccount) -> Standing:
    return Standing(**{field.name: getattr(account, field.name) for field in fields(Standing)})


def _span(grant: Grant) -> Span:
    assert grant.ends_at is not None
    return Span(grant.starts_at, grant.ends_at)


def _code() -> str:
    """80 bits that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _lay(account: BillingAccount, subscription: Span | None) -> None:
    grants = [grant for grant in _given(account.user) if grant.ends_at is not None]
    gifts = [grant for grant in grants if grant.source == Grant.Source.GIFT]
    others = [grant for grant in grants if grant.source != Grant.Source.GIFT]
    covers = [_span(grant) for grant in others] + ([subscription] if subscription else [])
    now = timezone.now()
    for grant, span in zip(gifts, laid([_span(gift) for gift in gifts], covers=covers, now=now), strict=True):
        if span != _span(grant):
            grant.starts_at, grant.ends_at = span.starts, span.ends
            grant.save(update_fields=["starts_at", "ends_at"])
