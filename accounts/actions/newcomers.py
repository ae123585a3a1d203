"""People on their way in: whoever types an address has an account, which is nothing until the address is proved."""

from collections.abc import Collection
from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import slices
from accounts.models import User

KEPT = timedelta(days=1)
"""How long an address waits to be proved. A code lives for minutes; the rest of the day is for trying again."""


def account_of(email: str) -> User | None:
    """The account of an address, made if there is none; None for one that is being deleted.

    The same statements run whether the address is known or not, so that their time tells a stranger nothing.
    """
    email = email.lower()
    with transaction.atomic():
        user = _found_or_made(email) or _found_or_made(email)  # the first may be deleted under our hands
        if user is None:
            return None
        User.objects.filter(pk=user.pk, last_login=None).update(joined_at=timezone.now())
        EmailAddress.objects.bulk_create([EmailAddress(user=user, email=email, primary=True)], ignore_conflicts=True)
    return user if user.is_active else None


def admit(user: User, *, proved: Collection[tuple[str, str]]) -> None:
    """Before the first sign-in, let go of the networks' accounts (`provider`, `uid`) that this session did not prove.

    Somebody who comes from X may name an address that is not theirs. When its owner proves it one day, the account
    is theirs alone.
    """
    if user.last_login is not None:
        return
    for account in SocialAccount.objects.filter(user=user):
        if (account.provider, account.uid) not in proved:
            account.delete()


def make_room(email: str, *, user: User) -> None:
    """Somebody proved that an address is theirs: an account that only claims it gives way, except `user`'s own."""
    _unproved().annotate(lowered=Lower("email")).filter(lowered=email.lower()).exclude(pk=user.pk).delete()


def drop_unproved(user: User) -> bool:
    """Delete an account that only claims an address; False, and nothing done, for one that was proved."""
    return _unproved().filter(pk=user.pk).delete()[0] > 0


def tidy() -> None:
    """Delete accounts whose address nobody proved in time."""
    slices.delete(_unproved().filter(joined_at__lt=timezone.now() - KEPT))


def _found_or_made(email: str) -> User | None:
    """The account of an address, held until the transaction ends; None if it went between the two statements."""
    draft = User(email=email)
    draft.set_unusable_password()
    User.objects.bulk_create([draft], ignore_conflicts=True)
    return User.objects.select_for_update().annotate(lowered=Lower("email")).filter(lowered=email).first()


def _unproved() -> QuerySet[User]:
    """Accounts made by signing in that nobody entered. Those an operator makes have a password or rights."""
    addresses = EmailAddress.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(
        Exists(addresses),
        ~Exists(addresses.filter(verified=True)),
        last_login=None,
        is_staff=False,
        password__startswith=UNUSABLE_PASSWORD_PREFIX,
    )
