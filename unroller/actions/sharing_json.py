"""What somebody keeps, sends and lets others see, as plain data for the file of their own data. No secret is in it."""

from collections.abc import Iterator

from django.db.models import F

from accounts.models import Token, User
from accounts.personal import Facts, rows
from unroller.models import Bundled, Copies, FileGift, Integration, Parcel, PrivateLink, Recommendation, Saved, Shelf


def tokens(user: User) -> Iterator[Facts]:
    """Tokens of the API, by their names."""
    found = Token.objects.filter(user=user).order_by("id")
    return rows(found.values("name", "scope", "hint", "created_at", "used_at"))


def kept(user: User) -> Iterator[Facts]:
    """Threads whose pictures and video are kept here."""
    found = Saved.objects.filter(user=user, copies=Copies.KEPT).order_by("id")
    path = {"source": F("thread__source"), "path": F("thread__path")}
    until = F("user__keeper__ends_at")
    return rows(found.values("saved_at", **path, bytes=F("thread__keeping__size"), until=until))


def private_links(user: User) -> Iterator[Facts]:
    """Private links, without their addresses, which open what they lead to."""
    found = PrivateLink.objects.filter(user=user).order_by("created_at")
    return rows(found.values("created_at", "expires_at", source=F("thread__source"), path=F("thread__path")))


def file_gifts(user: User) -> Iterator[Facts]:
    """Files that a friend may take, or took."""
    found = FileGift.objects.filter(user=user).order_by("created_at")
    times = ("created_at", "expires_at", "taken_at")
    return rows(found.values("kind", *times, source=F("thread__source"), path=F("thread__path")))


def shelf(user: User) -> Iterator[Facts]:
    """Where books go, and how often."""
    return rows(Shelf.objects.filter(user=user).values("kindle", "weekly", "weekly_at"))


def parcels(user: User) -> Iterator[Facts]:
    """Books that were mailed, and mail to friends. A friend's address is kept until the mail is sent."""
    found = Parcel.objects.filter(user=user).order_by("created_at")
    return rows(found.values("kind", "to", "note", "created_at", "finished_at", "sent", "sentence"))


def bundled(user: User) -> Iterator[Facts]:
    """Threads that were in weekly books."""
    found = Bundled.objects.filter(user=user).order_by("id")
    return rows(found.values(source=F("thread__source"), path=F("thread__path")))


def recommendations(user: User) -> Iterator[Facts]:
    """Threads that were sent to friends. Their addresses are not kept."""
    found = Recommendation.objects.filter(user=user).order_by("id")
    return rows(found.values("created_at", source=F("thread__source"), path=F("thread__path")))


def integrations(user: User) -> Iterator[Facts]:
    """Other services that are told of the library."""
    found = Integration.objects.filter(user=user).order_by("id")
    return rows(found.values("kind", "url", "created_at", "told_at", "failures", "sentence", "stopped_at"))
