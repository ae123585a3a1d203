"""Reads of what authors have here: which of them somebody proved to be, and their threads with readers' numbers."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.x.identity import identity
from unroller import queries
from unroller.models import Author, Claim, Profile, ReadersOfDay, Thread, Wish

LATELY = timedelta(days=30)
OPEN = (Claim.State.OPEN, Claim.State.CHECKING)
WISH = "wish of an author"
"""What secrets of authors without an account open (unroller.unguessable)."""


def is_own(user: User | AnonymousUser, thread: Thread) -> bool:
    """Whether somebody wrote a thread: they sign in with its author's account on X, or proved the profile."""
    if not user.is_authenticated:
        return False
    if thread.source == "x":
        mine = identity(user)
        if mine is not None and mine.id == thread.author.network_id:
            return True
    return Profile.objects.filter(user=user, author=thread.author_id).exists()


def profiles(user: User) -> QuerySet[Profile]:
    """The profiles that somebody proved, the first proved first."""
    return Profile.objects.filter(user=user).select_related("author").order_by("proved_at", "id")


def claims(user: User) -> QuerySet[Claim]:
    """What somebody says is theirs and has not shown yet."""
    return Claim.objects.filter(user=user, state__in=OPEN).order_by("created_at")


def wishes() -> QuerySet[Claim]:
    """What authors without an account ask for."""
    return Claim.objects.filter(user=None)


def undecided_wishes() -> QuerySet[Claim]:
    """Wishes that an operator may decide: neither done, nor refused, nor in a worker's hands."""
    return wishes().filter(done_at=None).exclude(state=Claim.State.CHECKING)


def waiting_wishes() -> QuerySet[Claim]:
    """Those of them that nobody but an operator will decide."""
    return undecided_wishes().filter(Q(wish=Wish.OTHER) | Q(state=Claim.State.ENDED))


def threads(profile: Profile) -> QuerySet[Thread]:
    """All threads of a profile's author, unlisted and removed ones too, the newest first; private ones of others not.

    Each has `readers` and `readers_lately` (of 30 days).
    """
    mine = queries.own_private_threads(profile.user).values("id")
    days = ReadersOfDay.objects.filter(thread=OuterRef("pk")).order_by().values("thread")
    total = days.annotate(sum=Sum("readers")).values("sum")
    lately = days.filter(day__gt=(timezone.now() - LATELY).date()).annotate(sum=Sum("readers")).values("sum")
    rows = Thread.objects.filter(Q(private=False) | Q(id__in=mine), author=profile.author)
    counted = rows.annotate(readers_ever=Coalesce(Subquery(total), 0), readers_lately=Coalesce(Subquery(lately), 0))
    return counted.select_related("author").defer("document").order_by("-posted_at", "-id")


def wants_no_box(source: str, path: str) -> bool:
    """Whether the author of a thread wants no support box on it."""
    return Author.objects.filter(threads__source=source, threads__path=path, support_off=True).exists()
