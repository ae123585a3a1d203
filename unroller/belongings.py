"""What an account has: ways to sign in for its page, and the numbers of what goes when it is deleted."""

from typing import NamedTuple

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts.actions import sessions
from accounts.models import User
from accounts.x.identity import Identity, identity
from billing.models import BillingAccount, Grant
from billing.standing import ENDED
from unroller.models import DataExport, Follow, Highlight, LibraryPart, Notification, Reader, Reading, Saved


class WaysIn(NamedTuple):
    """How a person signs in beside the code by e-mail, and in how many browsers they are."""

    password: bool
    passkeys: int
    x: Identity | None
    browsers: int


class Belongings(NamedTuple):
    """How much of each goes with an account."""

    addresses: int
    authors: int
    threads_opened: int
    threads_saved: int
    highlights: int
    notifications: int
    grants: int
    subscription: bool
    customer: bool
    files: int


def ways_in(user: User) -> WaysIn:
    """Four facts, three queries."""
    return WaysIn(
        password=user.has_usable_password(),
        passkeys=Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).count(),
        x=identity(user),
        browsers=sessions.live(user).count(),
    )


def belongings(user: User) -> Belongings:
    """Eleven queries."""
    return Belongings(
        addresses=EmailAddress.objects.filter(user=user).count(),
        authors=Follow.objects.filter(user=user).count(),
        threads_opened=Reading.objects.filter(user=user).count(),
        threads_saved=Saved.objects.filter(user=user).count(),
        highlights=Highlight.objects.filter(user=user).count(),
        notifications=Notification.objects.filter(user=user).count(),
        grants=Grant.objects.filter(user=user).count(),
        subscription=BillingAccount.objects.filter(user=user).exclude(status__in=ENDED | {""}).exists(),
        customer=BillingAccount.objects.filter(user=user, stripe_customer_id__isnull=False).exists(),
        files=DataExport.objects.filter(user=user).exclude(file="").count()
        + LibraryPart.objects.filter(export__user=user).exclude(file="").count(),
    )


def wants_mail(user: User) -> bool:
    """Whether they want mail about new threads at all."""
    return not Reader.objects.filter(user=user, mail_off=True).exists()
