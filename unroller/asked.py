"""Reads of what somebody asked to have unrolled: links they pasted, and mentions of the bot by accounts that are proved
to be theirs."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from allauth.socialaccount.models import SocialAccount
from django.db.models import CharField, Q, QuerySet, Value
from django.db.models.functions import Cast

from accounts.models import User
from unroller.models import Job, Mention, Profile, Request, Thread
from unroller.models.threads import SourceKey

LINK, MENTION = "link", "mention"


class Entry(NamedTuple):
    """One request in the list. `thread` is None while it is fetched, and where none came."""

    kind: str
    row: Request | Mention
    thread: Thread | None


def identities(user: User) -> list[tuple[str, str]]:
    """Accounts on networks that are proved to be somebody's: networks they sign in with, and their profiles."""
    return [(source, network_id) for source, network_id, _ in _known_as(user)]


def mentions(user: User) -> QuerySet[Mention]:
    """What somebody asked the bot for; two queries find out who they are. Where the bot's server of Mastodon is not
    theirs, it knows them by another number, but by the same handle."""
    theirs = Q()
    known = _known_as(user)
    for source, network_id, handle in known:
        theirs |= Q(source=source, asker_id=network_id)
        if source == SourceKey.MASTODON:
            theirs |= Q(source=source, asker_handle__iexact=handle)
    return Mention.objects.filter(theirs) if known else Mention.objects.none()


def _known_as(user: User) -> list[tuple[str, str, str]]:
    """Network, number and handle of each, the handle of profiles alone."""
    signed_in = SocialAccount.objects.filter(user=user, provider=SourceKey.X).values_list("uid", flat=True)
    profiles = Profile.objects.filter(user=user)
    named = profiles.values_list("author__source", "author__network_id", "author__handle")
    return sorted({*((SourceKey.X.value, uid, "") for uid in signed_in), *named})


def requests(user: User) -> QuerySet[Request]:
    """The links that somebody pasted."""
    return Request.objects.filter(user=user)


def listed(user: User) -> QuerySet[Any, Any]:
    """Kind and id of everything, the newest first: to be cut into pages."""
    pasted = _names(requests(user), LINK)
    return pasted.union(_names(mentions(user), MENTION), all=True).order_by("-created_at", "-name")


def entries(names: Iterable[tuple[str, str, object]]) -> list[Entry]:
    """The rows of a page, in its order; two queries for any number."""
    order = [(kind, name) for kind, name, _ in names]
    pasted = _with_threads(Request.objects.filter(id__in=[name for kind, name in order if kind == LINK]))
    told = _with_threads(Mention.objects.filter(id__in=[name for kind, name in order if kind == MENTION]))
    found: dict[tuple[str, str], Request | Mention] = {(LINK, str(row.pk)): row for row in pasted}
    found |= {(MENTION, str(row.pk)): row for row in told}
    return [Entry(kind, found[kind, name], thread(found[kind, name])) for kind, name in order if (kind, name) in found]


def thread(row: Request | Mention) -> Thread | None:
    """What a request led to; its job may have brought it a moment ago."""
    job = row.job
    found = row.thread or (job.thread if job is not None and job.state == Job.State.DONE else None)
    return None if found is None or found.private else found


def _names(rows: QuerySet[Any], kind: str) -> QuerySet[Any, Any]:
    named = rows.annotate(kind=Value(kind, CharField()), name=Cast("id", CharField(max_length=40))).order_by()
    names: QuerySet[Any, Any] = named.values_list("kind", "name", "created_at")
    return names


def _with_threads(rows: QuerySet[Any]) -> QuerySet[Any]:
    related: QuerySet[Any] = rows.select_related("thread__author", "job__thread__author")
    return related.defer("job__recording", "thread__document", "job__thread__document")
