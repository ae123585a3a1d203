"""A thread's page, its exports, and the wish to have it fetched again."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts import limits, visitors
from unroller import access, kept, pages, queries, replica
from unroller.actions import threads, unrolling
from unroller.core import errors
from unroller.core.errors import RateLimited, UnrollError
from unroller.core.layout import places
from unroller.core.posts import Thread as Content
from unroller.models import Thread
from unroller.sources.base import HARD_CAP
from unroller.views.errors import explained, hidden
from unroller.views.guards import from_this_site, guests_may_lag
from unroller.views.unroll import see_other

OTHERS = 3


@require_safe
@guests_may_lag
def thread(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET /thread/<source>/<path>`: the page for a head post, a redirect to its place for any other post."""
    place = access.member(source, path)
    if path != place.thread.path:
        return HttpResponseRedirect(queries.landing(place))
    if replica.is_read() and pages.is_behind(place.thread.get_absolute_url(), place.thread.version):
        raise replica.Behind
    content = threads.content(place.thread)
    if content is None:
        return removed(request, place.thread)
    reply = request.GET.get("from") == "reply"
    response = render(request, "thread.html", page_context(place.thread, content) | {"linked_reply": reply})
    patch_cache_control(response, public=True, max_age=0, must_revalidate=True)
    if place.thread.unlisted:
        response["X-Robots-Tag"] = "noindex"
    if not reply:
        response[pages.MARK] = f"{place.thread.version} {place.thread.get_absolute_url()}"
    return response


def page_context(row: Thread, content: Content) -> dict[str, object]:
    """What the page's template needs; nothing in it depends on who reads."""
    content = kept.with_own_recordings(row, content)
    return {
        "thread": row,
        "content": content,
        "places": places(content),
        "others": list(queries.others(row, OTHERS)) if not row.unlisted else [],
        "can_grow": "cap" in content.reasons and sum(1 for _ in content.posts) < HARD_CAP,
    }


def removed(request: HttpRequest, row: Thread) -> HttpResponse:
    """410, and why; 404 for what may be shown again."""
    kind = getattr(errors, row.removed, UnrollError)
    if row.removed in errors.MODERATED:
        return hidden(request, kind().for_reader)
    return explained(request, HTTPStatus.GONE, kind(network=row.get_source_display()).for_reader)


@require_safe
def older_address(request: HttpRequest, digits: str) -> HttpResponse:
    """`/thread/<digits>.html`, the form of older unrollers."""
    return HttpResponsePermanentRedirect(f"/thread/x/{digits}")


@from_this_site
@require_POST
def refresh(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`POST <thread>/refresh`: 303 to the job. Field `more=1` asks for the rest of a thread that was cut."""
    row = access.thread(source, path)
    if row.removed and not unrolling.may_be_back(row):
        return removed(request, row)
    if not limits.spend(limits.REFRESHES, visitors.client_address(request)):
        sentence = "You have asked for many refreshes in one hour. Please try again a little later."
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=row.get_absolute_url())
    try:
        job = unrolling.refresh(row, more=request.POST.get("more") == "1")
    except RateLimited as error:
        sentence = f"This thread was fetched a moment ago. It can be refreshed again at {error.until:%H:%M} UTC."
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=row.get_absolute_url())
    return see_other(job.get_absolute_url())
