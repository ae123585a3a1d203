"""What authors refused: asked before anything of theirs is written down."""

from django.db.models import Q

from unroller import queries
from unroller.core import burying, errors
from unroller.core.errors import Banned, Hidden, OptedOut, Removed, Withdrawn
from unroller.core.posts import Person
from unroller.core.posts import Thread as Content
from unroller.models import Author, Thread
from unroller.models.threads import SourceKey
from unroller.pseudonyms import pseudonyms

NOT_HERE = (Withdrawn.__name__, Removed.__name__, Hidden.__name__)
"""Removals of one thread that hold for whatever has a post of it."""


def close(source: str) -> None:
    """Wait for the transactions that store cards of a network, and keep others from beginning: each of them is over
    before somebody's refusal, and found by it, or knows of it. The last lock of who refuses, so that nobody waits for
    the other in a circle."""
    queries.lock(f"refusals of {source}")


def is_copy(source: str, network_id: str, handle: str) -> bool:
    """Whether a profile is shown by another server than its own, which has a number of its own for it."""
    return source == SourceKey.MASTODON and handle.rpartition("@")[2].casefold() != network_id.partition("/")[0]


def refuser(source: str, person: Person) -> Author | None:
    """Who opted out and is shown by another server here; nobody else does until the end of the caller's transaction."""
    if not is_copy(source, person.id, person.handle):
        return None
    queries.lock_together(f"refusals of {source}")
    names = pseudonyms(source, person.handle)
    return Author.objects.filter(source=source, handle__in=names, opted_out=True).first()


def is_banned(source: str, handle: str) -> bool:
    """Whether operators banned a profile whose other copy comes here for the first time."""
    if source != SourceKey.MASTODON:
        return False
    named = Q(handle__iexact=handle) | Q(handle__in=pseudonyms(source, handle))  # they may have opted out since, and in
    return Author.objects.filter(named, source=source, banned=True).exists()


def need_leave(found: Content) -> None:
    """Raises OptedOut, Withdrawn where its author wants this thread, or everything of theirs, not to be here; Banned,
    Removed, Hidden where operators do.

    The author is locked before their threads, as opting out does: either it finds this thread, or this finds it. And
    after the name of the thread's head: an author who is new here cannot be locked yet by who comes first.
    """
    rows = Author.objects.select_for_update(no_key=True)
    author = rows.filter(source=found.source, network_id=found.author.id).first()
    if author is None:
        return
    if author.opted_out:
        raise OptedOut
    if author.banned:
        raise Banned
    own = Thread.objects.filter(author=author, removed__in=NOT_HERE)
    paths = [path for post in found.posts for path in (post.path, *post.earlier_paths)]
    why = own.filter(members__path__in=paths).values_list("removed", flat=True).first()
    if why is not None:
        raise getattr(errors, why)


def refused_cards(found: Content) -> set[str]:
    """The ids of posts on a thread's cards whose authors want nothing of theirs here; none of them refuses it until the
    end of the caller's transaction."""
    cards = [quote for quote in (found.context, *(post.quote for post in found.posts)) if quote and quote.author]
    people = {quote.author.id: quote.author for quote in cards if quote.author}
    if not people:
        return set()
    queries.lock_together(f"refusals of {found.source}")
    refusing = Author.objects.filter(source=found.source, network_id__in=people, opted_out=True)
    gone = set(refusing.values_list("network_id", flat=True))
    gone |= {person.id for person in people.values() if person.id not in gone and refuser(found.source, person)}
    return {quote.id for quote in cards if quote.author and quote.author.id in gone}


def without_refused(found: Content) -> Content:
    """A thread without the words on such cards."""
    return burying.bury(found, refused_cards(found))
