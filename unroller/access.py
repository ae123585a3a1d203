"""From what an address names to an object, or 404: the only way a view gets one."""

from uuid import UUID

from django.http import Http404

from accounts.models import User
from unroller import queries
from unroller.models import Author, DataExport, Follow, Lookup, Member, Reader, Thread
from unroller.sources.base import PostRef


def member(source: str, path: str) -> Member:
    """A post's place by its address below /thread/."""
    found = queries.member(PostRef(source, path))
    if found is None:
        raise Http404("this thread is not here")
    return found


def thread(source: str, path: str) -> Thread:
    """A thread by its own address; other posts' addresses do not count here."""
    found = Thread.objects.select_related("author").filter(source=source, path=path).first()
    if found is None:
        raise Http404("this thread is not here")
    return found


def author(source: str, handle: str) -> Author:
    """A listed author."""
    found = queries.author(source, handle)
    if found is None:
        raise Http404("no threads of this author are here")
    return found


def follow(user: User, author_id: str) -> Follow:
    """A reader's own follow, by the author's id in a form."""
    number = int(author_id) if author_id.isascii() and author_id.isdecimal() and len(author_id) < 19 else 0
    found = Follow.objects.select_related("author", "user").filter(user=user, author_id=number).first()
    if found is None:
        raise Http404("you do not follow this author")
    return found


def lookup(user: User, lookup_id: UUID) -> Lookup:
    """A reader's own lookup."""
    found = Lookup.objects.select_related("author").filter(user=user, id=lookup_id).first()
    if found is None:
        raise Http404("nothing was looked up here")
    return found


def reader(feed_token: UUID) -> Reader:
    """Whose personal feed a secret opens."""
    found = Reader.objects.select_related("user").filter(feed_token=feed_token, user__is_active=True).first()
    if found is None:
        raise Http404("no feed is here")
    return found


def data_export(user: User, export_id: UUID) -> DataExport:
    """A person's own file of their data."""
    found = DataExport.objects.filter(user=user, id=export_id).first()
    if found is None:
        raise Http404("no file is here")
    return found
