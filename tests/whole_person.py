"""Somebody with one of everything, for tests of what an account has: its data as a file, and its end."""

from pathlib import Path

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.utils import timezone
from pytest_django import Settings

from accounts import mail
from accounts.models import Ban, Letter, Token, User
from billing.models import BillingAccount, CheckoutIntent, Gift, Grant, Kind, Notice, Patron, Payment
from tests.accounts.signing import a_person
from tests.threads import a_thread
from unroller.actions import follows
from unroller.models import (
    Archive,
    ArchivedThread,
    Blog,
    BlogPost,
    Bundled,
    Cadence,
    Case,
    Claim,
    Color,
    Copies,
    DataExport,
    FileGift,
    Follow,
    Highlight,
    ImportedLink,
    Integration,
    Keeper,
    Keeping,
    LibraryExport,
    LibraryImport,
    LibraryPart,
    Lookup,
    Mention,
    Notification,
    Parcel,
    PrivateLink,
    Profile,
    Reader,
    Reading,
    Recommendation,
    Replay,
    Report,
    Request,
    Saved,
    Shelf,
    Thread,
)


def a_whole_person(email: str = "bob@example.com") -> User:
    """They follow, read, were told, look somebody up, have premium, letters, and every way to sign in."""
    person = a_person(email, "a long password")
    thread = a_thread(3)
    follows.follow(person, thread.author, Cadence.DAILY)
    Reader.objects.filter(user=person).update(mail_off=True)
    Reading.objects.create(user=person, thread=thread, position="post-2", post_id="2")
    Notification.objects.create(user=person, thread=thread, due_at=timezone.now())
    Lookup.objects.create(user=person, text="@somebody", source="x", key="somebody")
    Claim.objects.create(user=person, text="@bobonx", source="x", key="bobonx")
    Profile.objects.create(user=person, author=thread.author, proof="bio")
    Request.objects.create(user=person, thread=thread, link="https://x.com/maralind/status/1")
    case = Case.objects.get_or_create(thread=thread)[0]
    Report.objects.create(case=case, user=person, reporter=email, reason="spam", words="It is everywhere.", email=email)
    Ban.objects.create(user=person, reason="a fraud")
    Mention.objects.create(source="x", key=email, asker_id=email, asker_handle="bobonx", written_at=timezone.now())
    Grant.objects.create(user=person, starts_at=timezone.now(), reason="helped us")
    keeps(person, thread)
    shares(person, thread)
    pays(person)
    mail.send("login_code", person.email, {"code": "246810"})
    EmailAddress.objects.create(user=person, email=f"other-{email}", verified=False)
    Authenticator.objects.create(user=person, type="webauthn", data={"name": "laptop", "credential": "a-key"})
    SocialAccount.objects.create(user=person, provider="x", uid=email, extra_data={"username": "bobonx"})
    UserSession.objects.create(user=person, ip="::1", session_key=f"key of {email}", user_agent="Firefox")
    return person


def keeps(person: User, thread: Thread) -> None:
    """A library of one thread, a highlight in it, a list that was brought, and files that were taken."""
    now = timezone.now()
    Saved.objects.create(user=person, thread=thread, tags=["sea"], note="Read again in spring.")
    Highlight.objects.create(
        user=person, thread=thread, post_id="2", start=0, length=4, quote="This", digest="0" * 64, color=Color.BLUE
    )
    origin = LibraryImport.objects.create(user=person, form="Pocket", look_at=None)
    link = "https://x.com/maralind/status/1"
    ImportedLink.objects.create(origin=origin, source="x", key="1", link=link, note="From elsewhere.", state="saved")
    export = LibraryExport.objects.create(user=person, kind=LibraryExport.Kind.MARKDOWN, finished_at=now, done=1)
    name = f"libraries/{export.id}/1-1.zip"
    LibraryPart.objects.create(export=export, number=1, file=name, threads=1, size=1, expires_at=now)


def shares(person: User, thread: Thread) -> None:
    """Copies that are kept, links, books, another service that is told, and a program of theirs."""
    now, name = timezone.now(), person.email
    Keeping.objects.get_or_create(thread=thread)
    Keeper.objects.create(user=person)
    archive = Archive.objects.create(user=person, name="mine.zip", size=1, handle="bobonx", state="done")
    ArchivedThread.objects.create(user=person, archive=archive, thread=thread)
    blog = Blog.objects.create(user=person, address="https://bob.example/", sealed="a secret", connected_at=now)
    BlogPost.objects.create(blog=blog, thread=thread, slug=f"thread-{person.pk}", asked_at=now)
    Saved.objects.filter(user=person, thread=thread).update(copies=Copies.KEPT)
    PrivateLink.objects.create(user=person, digest=f"a secret of {name}", thread=thread, expires_at=now)
    FileGift.objects.create(user=person, digest=f"a secret of {name}", thread=thread, kind="epub", expires_at=now)
    Shelf.objects.create(user=person, kindle="bob@kindle.com")
    Parcel.objects.create(user=person, kind="kindle", thread=thread, to="bob@kindle.com", finished_at=now)
    Bundled.objects.create(user=person, thread=thread)
    Recommendation.objects.create(user=person, thread=thread, address_digest="0" * 64)
    Integration.objects.create(user=person, kind="webhook", url="https://hooks.example/bob", secret="a secret")
    Replay.objects.create(user=person, key="once", request="0" * 64)
    Token.objects.create(user=person, name="laptop", digest=f"a secret of {name}", hint="unr_abcd")


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
    library = (Archive, ArchivedThread, Blog, Saved, Highlight, LibraryImport, LibraryExport)
    shared = (
        Keeper,
        PrivateLink,
        FileGift,
        Shelf,
        Parcel,
        Bundled,
        Recommendation,
        Integration,
        Replay,
        Report,
        Request,
        Claim,
        Profile,
        Token,
        Ban,
    )
    counts = {
        table.__name__: table._default_manager.filter(user_id=user_id).count()
        for table in (*ours, *library, *shared, EmailAddress, Authenticator, SocialAccount, UserSession, Letter)
    }
    counts["User"] = User.objects.filter(id=user_id).count()
    return {name: count for name, count in counts.items() if count}
