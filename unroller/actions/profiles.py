"""What authors do with what is theirs here: the support box, one thread, all of it, and the profile itself."""

from django.db import transaction

from accounts.models import User
from unroller.actions import threads
from unroller.core.errors import Allowed, Hidden, OptedOut, Removed, Withdrawn
from unroller.models import Author, Profile, Proof, Thread

FINAL = (OptedOut.__name__, Removed.__name__, Withdrawn.__name__)
"""Removals that stay what they are; nothing is left to take."""


def grant(user: User, author: Author, proof: Proof) -> Profile:
    """Somebody proved that an author is them; the row there is when they did before."""
    return Profile.objects.get_or_create(user=user, author=author, defaults={"proof": proof})[0]


def let_go(profile: Profile) -> None:
    """It is not shown as theirs any more. What they decided about their threads stays decided."""
    Profile.objects.filter(pk=profile.pk).delete()


def show_support(author: Author, *, wanted: bool) -> None:
    """Whether the support box stands on an author's threads."""
    Author.objects.filter(pk=author.pk).update(support_off=not wanted)


def take_away(author: Author, thread_id: int) -> bool:
    """Remove one thread of an author for good: nobody's link brings it back. False when there was none to remove."""
    with transaction.atomic():
        rows = Thread.objects.select_for_update(of=("self",)).filter(author=author, id=thread_id)
        row = rows.exclude(removed__in=FINAL).first()
        if row is None:
            return False
        threads.remove(row, named(row, Withdrawn()))
    return True


def named(thread: Thread, wish: OptedOut | Withdrawn) -> OptedOut | Withdrawn | Removed:
    """As what a thread is removed where its author wishes it: what operators hid goes for good, or its author could
    allow it again."""
    return Removed() if thread.removed == Hidden.__name__ else wish


def allow_again(author: Author, thread_id: int) -> bool:
    """Its author lets a thread come back that they took away: the next link unrolls it anew."""
    mine = Thread.objects.filter(author=author, id=thread_id, removed=Withdrawn.__name__)
    return bool(mine.update(removed=Allowed.__name__))
