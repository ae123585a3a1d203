"""Who keeps what: a member's saved threads have copies of their pictures and videos here, as far as their room goes.

`Saved.copies` says it for each reader and thread; a clock looks for saved threads that are undecided, so that whatever
saves a thread need not know of this. Rows are locked in one order: the thread, the reader, the keeping.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from accounts.leases import Queue
from accounts.models import Letter, User
from billing.entitlements import members, plan_for
from billing.plans import Feature
from unroller import kept, mail, pages
from unroller.actions import copies, integrations
from unroller.actions.integrations import Event
from unroller.core import shown
from unroller.core.errors import MODERATED
from unroller.core.posts import Thread as Content
from unroller.models import (
    ArchivedThread,
    Copies,
    Follow,
    Integration,
    Keeper,
    Keeping,
    KeptMedium,
    Medium,
    Saved,
    Thread,
)

LEASE = timedelta(minutes=6)
"""Longer than one file may take (copying.SECONDS_A_RECORDING)."""
MOST_ATTEMPTS = 6
GRACE = timedelta(days=30)
"""How long copies stay of somebody who is a member no more."""
WARNED_BEFORE = timedelta(days=7)
WARNED_AT_ONCE = 100
MEMBERS_AT_ONCE = 60
BEGUN_AT_ONCE = 3
"""Threads of one member that wait for a worker or are copied now, before more are begun: who brings a thousand makes
nobody else wait for all of them."""
DROPPED_AT_ONCE = 500

QUEUE = Queue(Keeping, Q(finished_at=None), "unroller.copy_media", LEASE, MOST_ATTEMPTS)


# For a reader


def keep(row: Saved) -> bool:
    """Have copies kept of a saved thread, as far as there is room; whether there is. The plan is the caller's."""
    with transaction.atomic():
        thread = Thread.objects.select_for_update(no_key=True).filter(pk=row.thread_id).first()
        if thread is None or thread.removed:
            return False
        user = User.objects.select_for_update(no_key=True).get(pk=row.user_id)
        size = Keeping.objects.filter(pk=thread.pk).values_list("size", flat=True).first() or 0
        used, most = kept.used(user), kept.quota(user)
        fits = row.copies == Copies.KEPT or (used < most and used + size <= most)
        Saved.objects.filter(pk=row.pk).update(copies=Copies.KEPT if fits else Copies.NO_ROOM)
        if fits:
            Keeper.objects.get_or_create(user=user)
            _begin(thread.pk)
    return fits


def let_go(row: Saved) -> None:
    """Keep no copies of a saved thread any more, until its reader wants them again."""
    with transaction.atomic():
        Saved.objects.filter(pk=row.pk).update(copies=Copies.LET_GO)
        transaction.on_commit(lambda: drop_unkept(row.thread_id), robust=True)


def keep_new_threads(follow: Follow, *, wanted: bool) -> None:
    """Whether new threads of an author a reader follows are saved by themselves. The plan is the caller's."""
    Follow.objects.filter(pk=follow.pk).update(keep=wanted)


# For the clock


def keep_due() -> int:
    """Decide about saved threads of members that are undecided, a few of each, the first saved first; of how many."""
    undecided = Saved.objects.filter(copies=Copies.UNDECIDED, thread__removed="")
    waiting = members().filter(Exists(undecided.filter(user=OuterRef("pk")))).exclude(pk__in=_busy())
    decided = 0
    for user in waiting.order_by("?")[:MEMBERS_AT_ONCE]:  # by lot: nobody is always the last
        if plan_for(user).allows(Feature.KEPT_MEDIA):
            rows = list(undecided.filter(user=user).order_by("id")[:BEGUN_AT_ONCE])
            decided += len(rows)
            for row in rows:
                keep(row)
    return decided


def end_grace() -> int:
    """Note who is a member no more, or is one again, and let go of what was kept for those whose time is over; for how
    many. Should they become members again, it is kept anew."""
    now, mine = timezone.now(), Q(user__in=members().values("id"))
    Keeper.objects.filter(~mine, ends_at=None).update(ends_at=now + GRACE)
    Keeper.objects.filter(mine, ends_at__isnull=False).update(ends_at=None)
    over = list(Keeper.objects.filter(ends_at__lte=now).values_list("user_id", flat=True))
    for user_id in over:
        with transaction.atomic():
            rows = Saved.objects.filter(user=user_id, copies__in=[Copies.KEPT, Copies.NO_ROOM])
            rows.update(copies=Copies.UNDECIDED)
            ArchivedThread.objects.filter(user=user_id).update(copies=Copies.UNDECIDED)
            Keeper.objects.filter(user=user_id, ends_at__lte=now).delete()
    return len(over)


def warn_of_end() -> int:
    """Write to those whose copies go within days, once for each time that premium ended; to how many. The letter itself
    says that it was written; the keeper's row is held meanwhile, so that two clocks do not write it both."""
    warned = 0
    for user_id in list(_unwarned().order_by("ends_at").values_list("user_id", flat=True)[:WARNED_AT_ONCE]):
        with transaction.atomic():
            Keeper.objects.select_for_update(no_key=True).filter(user=user_id).first()
            row = _unwarned().select_related("user").filter(user=user_id).first()
            if row is not None:
                mail.copies_end(row.user, kept.room(row.user))
                warned += 1
    return warned


def drop_unkept(*thread_ids: int) -> int:
    """Let go of the copies of threads that nobody keeps any more, among some threads or all; of how many."""
    rows = Keeping.objects.filter(~kept.is_kept())
    if thread_ids:
        rows = rows.filter(pk__in=thread_ids)
    dropped = 0
    for pk in list(rows.values_list("pk", flat=True)[:DROPPED_AT_ONCE]):
        with transaction.atomic():
            thread = Thread.objects.select_for_update(no_key=True).defer("document").filter(pk=pk).first()
            if thread is not None and not kept.keepers(pk).exists():
                _end(thread)
                dropped += 1
    return dropped


# For threads, in the transaction that writes them


def replace(thread: Thread, found: Content) -> None:
    """A thread shows other pictures and videos now: those it dropped go, and a worker fetches those that are new."""
    if not Keeping.objects.filter(pk=thread.pk).exists():
        return
    digests = [kept.digest_of(address) for address in shown.addresses(found)]
    drop(KeptMedium.objects.filter(keeping=thread.pk).exclude(address_digest__in=digests))
    weigh(thread.pk)
    reopen(thread.pk)


def forget(thread: Thread) -> None:
    """Its words were removed: its copies go, but what the author of a hidden one brought waits: it is nowhere else."""
    Saved.objects.filter(thread=thread, copies=Copies.KEPT).update(copies=Copies.UNDECIDED)
    if thread.removed in MODERATED and KeptMedium.objects.filter(keeping=thread.pk, brought=True).exists():
        drop(KeptMedium.objects.filter(keeping=thread.pk, brought=False))
        weigh(thread.pk)
        _rest(thread)
    else:
        discard(thread)


def discard(thread: Thread) -> None:
    """All copies of a thread go at once, and what its author brought."""
    if Keeping.objects.filter(pk=thread.pk).exists():
        ArchivedThread.objects.filter(thread=thread).update(copies=Copies.UNDECIDED)
        _end(thread)


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one: who kept one of them keeps this one, with the copies there are. To be
    called before their saved rows become one."""
    everywhere = Saved.objects.filter(thread__in=[thread, *parts])
    mine = list(everywhere.filter(copies=Copies.KEPT).values_list("user", flat=True))
    if not mine and not ArchivedThread.objects.filter(thread__in=[thread, *parts], copies=Copies.KEPT).exists():
        return
    everywhere.filter(user__in=mine).update(copies=Copies.KEPT)
    _begin(thread.pk)
    for part in parts:
        here = KeptMedium.objects.filter(keeping=thread.pk).values("address_digest")
        moving = KeptMedium.objects.filter(keeping=part.pk)
        moving.exclude(address_digest__in=list(here)).update(keeping=thread.pk)
        drop(moving)
    weigh(thread.pk)
    reopen(thread.pk)


def save_for_followers(thread: Thread) -> int:
    """A new thread is saved for the members who asked for that when they followed its author; for how many. Members'
    libraries have no limit, so it is one statement; services that want to know are told, in the caller's transaction.
    """
    asked = Follow.objects.filter(
        author=thread.author_id, keep=True, created_at__lte=thread.changed_at, user__in=members().values("id")
    )
    has = Saved.objects.filter(user=OuterRef("user"), thread=thread)
    users = list(asked.filter(~Exists(has), user__is_active=True).values_list("user", flat=True))
    Saved.objects.bulk_create((Saved(user_id=each, thread=thread) for each in users), ignore_conflicts=True)
    listening = Integration.objects.filter(user__in=users, stopped_at=None).values("user")
    for row in Saved.objects.filter(thread=thread, user__in=listening).select_related("user").order_by("user"):
        integrations.news(row.user, Event.SAVED, row.pk)
    return len(users)


# For workers


def weigh(thread_id: int) -> int:
    """Note what the copies of a thread weigh, in bytes; a copy that stands there twice counts once."""
    size: int = Medium.objects.filter(kept__keeping=thread_id).distinct().aggregate(size=Sum("size"))["size"] or 0
    Keeping.objects.filter(pk=thread_id).update(size=size)
    return size


def make_room(user_id: int) -> set[int]:
    """Let go of the threads that a reader saved last until the rest fits; of which. In the caller's transaction."""
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    excess, dropped = kept.used(user) - kept.quota(user), set[int]()
    if excess <= 0:
        return dropped
    rows = Saved.objects.filter(user=user, copies=Copies.KEPT, thread__keeping__size__gt=0).order_by("-pk")
    for thread_id, size in rows.values_list("thread", "thread__keeping__size").iterator():
        dropped.add(thread_id)
        excess -= size
        if excess <= 0:
            break
    Saved.objects.filter(user=user, thread__in=dropped).update(copies=Copies.NO_ROOM)
    return dropped


def drop(rows: QuerySet[KeptMedium]) -> None:
    """Copies are no longer those of these rows; after the commit the files go to which no row points."""
    digests = set(rows.values_list("medium", flat=True))
    rows.delete()
    transaction.on_commit(lambda: copies.collect(sorted(digests)), robust=True)


def reopen(thread_id: int) -> None:
    """Have a worker look at a thread again; one that looks at it now sees that it changed."""
    done = Keeping.objects.filter(pk=thread_id, finished_at__isnull=False)
    fresh = {"attempts": 0, "leased_until": None, "not_before": None, "rung_at": None}
    if done.update(created_at=timezone.now(), finished_at=None, **fresh):
        QUEUE.ring_after_commit(thread_id)


def forget_page(thread: Thread) -> None:
    """The page of a thread shows its videos from another place now, though its version is the same."""
    versions = {thread.get_absolute_url(): thread.version}
    transaction.on_commit(lambda: pages.forget(versions), robust=True)


def _unwarned() -> QuerySet[Keeper]:
    """Whose copies go soon, and who were not told since their premium ended."""
    now = timezone.now()
    own = {"user": OuterRef("user"), "copies": Copies.KEPT, "thread__keeping__size__gt": 0}
    copied = Q(Exists(Saved.objects.filter(**own))) | Q(Exists(ArchivedThread.objects.filter(**own)))
    since = OuterRef("ends_at") - GRACE
    told = Letter.objects.filter(name=mail.COPIES_END, user=OuterRef("user"), created_at__gte=since)
    soon = Keeper.objects.filter(ends_at__gt=now, ends_at__lte=now + WARNED_BEFORE, user__is_active=True)
    return soon.filter(copied, ~Exists(told), ~Exists(members().filter(id=OuterRef("user"))))


def _busy() -> QuerySet[Saved, int]:
    """The ids of members who have enough threads in the workers' hands, or on the way there; not those that rest
    because a host is away."""
    now = Q(thread__keeping__not_before=None) | Q(thread__keeping__not_before__lte=timezone.now())
    is_open = Q(thread__keeping__isnull=False, thread__keeping__finished_at=None)
    counted = (
        Saved.objects.filter(is_open & now, copies=Copies.KEPT)
        .values("user")
        .annotate(threads=Count("pk"))
        .filter(threads__gte=BEGUN_AT_ONCE)
    )
    return counted.values_list("user", flat=True)


def _begin(thread_id: int) -> None:
    _, created = Keeping.objects.get_or_create(thread_id=thread_id)
    if created:
        QUEUE.ring_after_commit(thread_id)


def _rest(thread: Thread) -> None:
    """No worker has anything to do for a thread until it is shown again."""
    Keeping.objects.filter(pk=thread.pk).update(finished_at=timezone.now(), leased_until=None, attempts=0)
    forget_page(thread)


def _end(thread: Thread) -> None:
    """All copies of a thread go, in the caller's transaction."""
    drop(KeptMedium.objects.filter(keeping=thread.pk))
    Keeping.objects.filter(pk=thread.pk).delete()
    forget_page(thread)
