"""Reads of kept copies: which of a thread's pictures and videos are in our own storage, and how much room is left."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import PREMIUM, Feature, Limit
from unroller import media
from unroller.core.posts import Gap, Media, Post, Quote
from unroller.core.posts import Thread as Content
from unroller.models import ArchivedThread, Copies, Keeper, Keeping, KeptMedium, Medium, Saved, Thread, WithheldMedium

MEGABYTE, GIGABYTE = 1_000_000, 1_000_000_000
PLAYED = ("video", "audio")
"""What a page lets the browser take from where it is; pictures and short films come through the proxy anyway."""


class Room(NamedTuple):
    """What a reader's kept threads weigh, and how much they may weigh, in bytes. `ends_at`: no member any more, and the
    copies go then. `crowded_out`: saved threads that found no room."""

    used: int
    most: int
    threads: int
    crowded_out: int
    ends_at: datetime | None

    @property
    def said(self) -> str:
        """`1.2 of 5 GB`, or `1.2 GB` without a quota; what is less than a tenth is said as such."""
        used = f"{self.used / GIGABYTE:.1f}".removesuffix(".0") if self.used >= GIGABYTE / 20 else "less than 0.1"
        return f"{used} of {self.most / GIGABYTE:g} GB" if self.most else f"{used} GB"


def room(user: User) -> Room:
    """Three queries beside those of the plan."""
    mine = Saved.objects.filter(user=user)
    return Room(
        used=used(user),
        most=quota(user),
        threads=mine.filter(copies=Copies.KEPT).count(),
        crowded_out=mine.filter(copies=Copies.NO_ROOM, thread__removed="").count(),
        ends_at=Keeper.objects.filter(user=user).values_list("ends_at", flat=True).first(),
    )


def used(user: User) -> int:
    """Bytes of everything a reader keeps, out of their own archive too; a copy that two of their threads share counts
    for each."""
    mine = Keeping.objects.filter(_kept_by(OuterRef("thread"), user=user))
    return mine.aggregate(size=Sum("size"))["size"] or 0


def quota(user: User) -> int:
    """Bytes that a reader may keep. Who is a member no more has the room they had until their copies go."""
    plan = plan_for(user)
    if not plan.allows(Feature.KEPT_MEDIA) and Keeper.objects.filter(user=user, ends_at__isnull=False).exists():
        plan = PREMIUM
    return plan.limit(Limit.KEPT_MEGABYTES) * MEGABYTE


def keepers(thread_id: int) -> QuerySet[User]:
    """Everybody for whom a thread is kept."""
    return User.objects.filter(_kept_by(thread_id, user=OuterRef("pk")))


def crowded(thread_id: int) -> list[int]:
    """Which of them keep more than anybody may, by their ids; one query however many they are."""
    rows = Saved.objects.filter(copies=Copies.KEPT, user__in=keepers(thread_id).values("id")).values("user")
    weighed = rows.annotate(size=Sum("thread__keeping__size"))
    return list(weighed.filter(size__gt=PREMIUM.limit(Limit.KEPT_MEGABYTES) * MEGABYTE).values_list("user", flat=True))


def is_kept() -> Q:
    """That somebody keeps the thread of a keeping."""
    return _kept_by(OuterRef("thread"))


def _kept_by(thread: Any, **who: Any) -> Q:
    """That a thread is kept: saved and kept, or kept out of an archive."""
    saved = Saved.objects.filter(thread=thread, copies=Copies.KEPT, **who)
    return Q(Exists(saved)) | Q(Exists(ArchivedThread.objects.filter(thread=thread, copies=Copies.KEPT, **who)))


def copy(address: str) -> Medium | None:
    """The copy of what a network shows at an address, as the network gave it; one query."""
    return Medium.objects.filter(kept__address_digest=digest_of(address), kept__brought=False).first()


def brought(thread_id: int, address: str) -> Medium | None:
    """What a thread's author brought for an address, while the thread is shown; one query."""
    own = {
        "kept__keeping": thread_id,
        "kept__keeping__thread__removed": "",
        "kept__address_digest": digest_of(address),
        "kept__brought": True,
    }
    return Medium.objects.filter(**own).first()


def is_withheld(address: str) -> bool:
    """Whether operators took away a post that showed it; one query."""
    return WithheldMedium.objects.filter(digest=digest_of(address)).exists()


def copies(thread: Thread) -> dict[str, Medium]:
    """All copies of a thread's media by their addresses at the networks, without withheld ones; one query."""
    withheld = WithheldMedium.objects.filter(digest=OuterRef("address_digest"))
    rows = KeptMedium.objects.filter(~Exists(withheld), keeping=thread.pk).select_related("medium")
    return {row.address: row.medium for row in rows}


def total() -> Mapping[str, int]:
    """For operators: files in our storage, and their bytes."""
    return {"files": Medium.objects.count(), "bytes": Medium.objects.aggregate(size=Sum("size"))["size"] or 0}


def name(digest: str) -> str:
    """Where the storage has a copy, by the digest of its bytes."""
    return f"kept/{digest[:2]}/{digest}"


def digest_of(address: str) -> str:
    """How an address is looked up."""
    return hashlib.sha256(address.encode()).hexdigest()


def is_there(medium: Medium) -> bool:
    """Whether the storage has all of a copy: a killed worker may have left a part."""
    try:
        return default_storage.size(name(medium.digest)) == medium.size
    except FileNotFoundError:
        return False


def with_own_recordings(thread: Thread, content: Content) -> Content:
    """A thread's words with the addresses of recordings that are kept here in the place of the networks', and of
    everything that its author brought; one query."""
    wanted = Q(medium__type__startswith="video/") | Q(medium__type__startswith="audio/") | Q(brought=True)
    own = KeptMedium.objects.filter(wanted, keeping=thread.pk).values_list("address", "brought")
    addresses = {address: media.brought(address, thread.pk) if is_brought else address for address, is_brought in own}
    return _Moved(addresses).content(content) if addresses else content


class _Moved:
    """Rewrites the addresses of some recordings, wherever in a thread they are."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._pictures = addresses
        self._own = {address: settings.SITE_URL + media.address(to) for address, to in addresses.items()}

    def content(self, content: Content) -> Content:
        branches = tuple(
            msgspec.structs.replace(branch, entries=tuple(map(self._entry, branch.entries)))
            for branch in content.branches
        )
        line = tuple(map(self._entry, content.line))
        return msgspec.structs.replace(content, line=line, branches=branches, context=self._quote(content.context))

    def _entry(self, entry: Post | Gap) -> Post | Gap:
        if not isinstance(entry, Post):
            return entry
        return msgspec.structs.replace(entry, media=self._media(entry.media), quote=self._quote(entry.quote))

    def _quote(self, quote: Quote | None) -> Quote | None:
        return msgspec.structs.replace(quote, media=self._media(quote.media)) if quote else None

    def _media(self, items: tuple[Media, ...]) -> tuple[Media, ...]:
        return tuple(
            msgspec.structs.replace(
                item, url=(self._own if item.type in PLAYED else self._pictures).get(item.url, item.url)
            )
            for item in items
        )
