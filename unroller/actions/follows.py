"""Who follows whom: followed, unfollowed, told how often, seen. A followed author is watched, once for all followers.

Locks are taken in one order: the reader's row (their limit), then the author's watch (who is the last follower), then
the author (who may want to be left alone).
"""

from collections.abc import Iterable, Mapping
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import PREMIUM, Feature, Limit, Plan
from unroller import my_authors, queries
from unroller.actions import announcing
from unroller.actions.refusals import Refused
from unroller.models import Author, Cadence, Chain, Follow, Notification, Reader, Watch


class CannotFollow(Refused):
    """An author cannot be followed by a reader."""


class LimitReached(CannotFollow):
    """The reader follows as many as their plan holds."""


class NotFollowable(CannotFollow):
    """The author asks to be left alone."""


def follow(user: User, author: Author, cadence: Cadence) -> Follow:
    """A reader follows an author. Following twice changes nothing; `instant` becomes `daily` for who has no premium.

    Raises LimitReached, NotFollowable.
    """
    with transaction.atomic():
        refused = follow_all(user, {author.id: cadence}).get(author.id)
        if refused is not None:
            raise refused
        return Follow.objects.select_related("author", "user").get(user=user, author=author)


def follow_all(user: User, wanted: Mapping[int, Cadence]) -> dict[int, CannotFollow]:
    """Follow authors (by id) as far as the plan goes, in their order; which ones were refused, and why."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(id=user.id)
        plan, me = plan_for(user), reader(user)
        mine = set(Follow.objects.filter(user=user).values_list("author_id", flat=True))
        authors = Author.objects.in_bulk(wanted)
        refused: dict[int, CannotFollow] = {}
        rows: list[Follow] = []
        for author_id, cadence in wanted.items():
            if author_id in mine:
                continue
            reason = my_authors.left_alone(authors[author_id])
            if reason:
                refused[author_id] = NotFollowable(reason)
            elif len(mine) + len(rows) >= plan.limit(Limit.AUTHORS):
                refused[author_id] = LimitReached(full(plan))
            else:
                told = allowed(cadence, plan)
                rows.append(Follow(user=user, author_id=author_id, cadence=told, mail_token=_token(me, author_id)))
        _watch({row.author_id for row in rows})
        refused |= _gone_meanwhile({row.author_id for row in rows})
        Follow.objects.bulk_create(row for row in rows if row.author_id not in refused)
    return refused


def unfollow(user: User, author: Author) -> bool:
    """No longer follow; False when there was nothing to end. With the last follower goes the watch."""
    with transaction.atomic():
        watch = Watch.objects.select_for_update().filter(author=author).first()
        ended, _ = Follow.objects.filter(user=user, author=author).delete()
        if ended:
            _settle(user, author)
        if watch is not None and not author.follows.exists():
            watch.delete()
            Chain.objects.filter(author=author).delete()
    return bool(ended)


def set_cadence(row: Follow, cadence: Cadence) -> Cadence:
    """Tell the reader otherwise from now on, also of what waits already; how they will be told.

    `instant` becomes `daily` for who has no premium.
    """
    got = allowed(cadence, plan_for(row.user))
    with transaction.atomic():
        Follow.objects.filter(id=row.id).update(cadence=got)
        announcing.reschedule(row.user)  # what waits is left out of its mail when it falls due, unless they come back
    return got


def mark_seen(user: User, author: Author | None = None) -> int:
    """What came until now, of one author or of all, counts as seen; of how many authors."""
    rows = Follow.objects.filter(user=user)
    return (rows.filter(author=author) if author else rows).update(seen_at=timezone.now())


def need_room(user: User) -> None:
    """Raises LimitReached when a reader follows as many as their plan holds; before work that would be in vain."""
    plan = plan_for(user)
    if queries.follow_count(user) >= plan.limit(Limit.AUTHORS):
        raise LimitReached(full(plan))


def reader(user: User) -> Reader:
    """What a person has as a reader, made at its first use."""
    return Reader.objects.get_or_create(user=user)[0]


def renew_feed(user: User) -> UUID:
    """A new secret for the personal feed; the old address leads nowhere from now on."""
    token = uuid4()
    Reader.objects.update_or_create(user=user, defaults={"feed_token": token})
    return token


def allowed(cadence: Cadence, plan: Plan) -> Cadence:
    """The cadence that is nearest to a wish in a plan."""
    return Cadence.DAILY if cadence == Cadence.INSTANT and not plan.allows(Feature.INSTANT_MAIL) else cadence


def full(plan: Plan) -> str:
    """That a plan holds no more authors, as a sentence."""
    if plan.limit(Limit.AUTHORS) < PREMIUM.limit(Limit.AUTHORS):
        return (
            f"You follow {plan.limit(Limit.AUTHORS)} authors, as many as a free account holds. "
            f"Unfollow one to make room; premium holds {PREMIUM.limit(Limit.AUTHORS)}."
        )
    return f"You follow {plan.limit(Limit.AUTHORS)} authors, as many as an account holds. Unfollow one to make room."


def _token(reader: Reader, author_id: int) -> UUID:
    """What ends the mail about an author. The same for the same two, so that the button in an old mail still works for
    who unfollowed and follows again."""
    return uuid5(reader.mail_token, str(author_id))


def _watch(author_ids: Iterable[int]) -> None:
    """Have authors looked at, and hold the rows, so that nobody's unfollowing takes one away meanwhile."""
    wanted = set(author_ids)
    rows = Watch.objects.select_for_update().filter(author_id__in=wanted).order_by("author_id")
    while missing := wanted - set(rows.values_list("author_id", flat=True)):
        now = timezone.now()
        fresh = [Watch(author_id=author_id, due_at=now) for author_id in sorted(missing)]
        Watch.objects.bulk_create(fresh, ignore_conflicts=True)


def _gone_meanwhile(author_ids: Iterable[int]) -> dict[int, CannotFollow]:
    """Who opted out, or was banned, since they were looked at. From now on nobody of them does, until the transaction
    ends; locked after their watches, as opting out does."""
    rows = Author.objects.select_for_update(no_key=True).filter(id__in=author_ids).order_by("id")
    gone = {row.id: NotFollowable(my_authors.left_alone(row)) for row in rows if row.opted_out or row.banned}
    Watch.objects.filter(author__in=gone).delete()
    return dict(gone)


def _settle(user: User, author: Author) -> None:
    """Mail that waits about an author is no longer wanted; what a worker holds at this moment is on its way."""
    now = timezone.now()
    waiting = Notification.objects.filter(user=user, thread__author=author, settled_at=None)
    free = waiting.filter(Q(leased_until=None) | Q(leased_until__lte=now))
    free.update(settled_at=now, outcome=Notification.Outcome.UNWANTED)
