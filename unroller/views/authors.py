"""All of an author's threads, as a page and as a feed."""

from http import HTTPStatus

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from unroller import access, queries
from unroller.core.errors import Banned, OptedOut
from unroller.models import Author, Thread
from unroller.views import feeds
from unroller.views.errors import hidden
from unroller.views.guards import guests_may_lag

ON_A_PAGE = 24
IN_A_FEED = 20


@require_safe
@guests_may_lag
def author(request: HttpRequest, source: str, handle: str) -> HttpResponse:
    """`GET /author/<source>/<handle>`: Read all threads, newest first; 410 of somebody who opted out, 404 of
    somebody who is banned."""
    found = access.author(source, handle)
    if found.opted_out:
        return _refused(request)
    if found.banned:
        return hidden(request, Banned().for_reader)
    page = Paginator(queries.by_author(found), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "author.html", {"author": found, "page": page})


@require_safe
@guests_may_lag
def feed(request: HttpRequest, source: str, handle: str) -> HttpResponse:
    """`GET …/feed`: Atom, one entry per thread. Entries of X carry title and excerpt only (its redistribution rule)."""
    found = access.author(source, handle)
    if found.opted_out:
        return _refused(request)
    if found.banned:
        return hidden(request, Banned().for_reader)
    newest = queries.by_author(found)[:IN_A_FEED]
    rows = list(newest if source == "x" else newest.defer(None))
    response = HttpResponse(_atom(found, rows), content_type=feeds.TYPE)
    patch_cache_control(response, public=True, max_age=300)
    return response


def _refused(request: HttpRequest) -> HttpResponse:
    """A status of its own, so that feed readers stop asking."""
    return render(request, "author_gone.html", {"sentence": OptedOut().for_reader}, status=HTTPStatus.GONE)


def _atom(author: Author, rows: list[Thread]) -> str:
    address = settings.SITE_URL + author.get_absolute_url()
    feed = Atom1Feed(
        title=f"Threads by {author.name}",
        link=address,
        description="",
        feed_url=f"{address}/feed",
        feed_guid=address,
        author_name=author.name,
        author_link=author.url,
    )
    return feeds.written(feed, rows)
