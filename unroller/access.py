"""From what an address names to an object, or 404: the only way a view gets one."""

from django.http import Http404

from unroller import queries
from unroller.models import Author, Member, Thread
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
