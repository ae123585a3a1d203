"""Somebody with one of everything, for tests of what an account has: its data as a file, and its end."""

from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.utils import timezone
from pytest_django import Settings

from accounts import mail
from accounts.models import Letter, User
from billing.models import BillingAccount, CheckoutIntent, Gift, Grant, Kind, Notice, Patron, Payment
from tests.accounts.signing import a_person
from tests.threads import a_thread
from unroller.actions import follows
from unroller.models import Cadence, DataExport, Follow, Lookup, Notification, Reader, Reading


def a_whole_person(email: str = "bob@example.com") -> User:
    """They follow, read, were told, look somebody up, have premium, letters, and every way to sign in."""
    person = a_person(email, "a long password")
    thread = a_thread(3)
    follows.follow(person, thread.author, Cadence.DAILY)
    Reader.objects.filter(user=person).update(mail_off=True)
    Reading.objects.create(user=person, thread=thread, position="post-2", post_id="2")
    Notification.objects.create(user=person, thread=thread, due_at=timezone.now())
    Lookup.objects.create(user=person, text="@somebody", source="x", key="somebody")
    Grant.objects.create(user=person, starts_at=timezone.now(), reason="helped us")
    pays(person)
    mail.send("login_code", person.email, {"code": "246810"})
    EmailAddress.objects.create(user=person, email=f"other-{email}", verified=False)
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "laptop", "credential": "a-key"})
    SocialAccount.objects.create(user=person, provider="x", uid=email, extra_data={"username": "bobonx"})
    UserSession.objects.create(user=person, ip="::1", session_key=f"key of {email}", user_agent="Firefox")
    return person


def pays(person: User) -> None:
    """A membership that was paid for once, a gift, and Patreon."""
    now, name = timezone.now(), person.email
    account = BillingAccount.objects.create(user=person, stripe_customer_id=f"cus of {name}", status="canceled")
    Payment.objects.create(
        account=account,
        payment_intent=f"pi of {name}",
        charge_id=f"ch of {name}",
        kind=Kind.PREMIUM,
        amount=300,
        currency="usd",
        paid_at=now,
    )
    intent = CheckoutIntent.objects.create(account=account, kind=Kind.GIFT, amount=3000, currency="usd", expires_at=now)
    Gift.objects.create(intent=intent, code=f"{account.id.hex[:12].upper()}", email=person.email)
    Notice.objects.create(account=account, key=f"failed:in of {name}")
    Patron.objects.create(user=person, patreon_id=f"patron {name}")


def keep_files_in(folder: Path, settings: Settings) -> None:
    """The site's files in a folder of this test alone."""
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    settings.STORAGES = settings.STORAGES | {"default": place}


def leftovers(user_id: int) -> dict[str, int]:
    """How many rows of which tables name a person."""
    ours = (Follow, Reader, Reading, Notification, Lookup, DataExport, Grant, BillingAccount, Patron)
    counts = {
        table.__name__: table._default_manager.filter(user_id=user_id).count()
        for table in (*ours, EmailAddress, Authenticator, SocialAccount, UserSession, Letter)
    }
    counts["User"] = User.objects.filter(id=user_id).count()
    return {name: count for name, count in counts.items() if count}
