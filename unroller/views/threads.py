"""A thread's page, its exports, and the wish to have it fetched again."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts import limits
from unroller import access, pages, queries
from unroller.actions import threads, unrolling
from unroller.core import errors
from unroller.core.errors import RateLimited, UnrollError
from unroller.core.layout import places
from unroller.core.posts import Thread as Content
from unroller.exports import json, markdown
from unroller.models import Thread
from unroller.sources.base import HARD_CAP
from unroller.views.errors import explained
from unroller.views.guards import from_this_site
from unroller.views.unroll import see_other

OTHERS = 3
TOO_MANY_FILES = (
    "You have taken as many posts from X into files as X allows a reader in a day. Please come back tomorrow."
)


@require_safe
def thread(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET /thread/<source>/<path>`: the page for a head post, a redirect to its place for any other post."""
    place = access.member(source, path)
    if path != place.thread.path:
        return HttpResponseRedirect(queries.landing(place))
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
    return {
        "thread": row,
        "content": content,
        "places": places(content),
        "others": list(queries.others(row, OTHERS)) if not row.unlisted else [],
        "can_grow": "cap" in content.reasons and sum(1 for _ in content.posts) < HARD_CAP,
    }


def removed(request: HttpRequest, row: Thread) -> HttpResponse:
    """410, and why."""
    kind = getattr(errors, row.removed, UnrollError)
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
    if not limits.spend(limits.REFRESHES, limits.client_address(request)):
        sentence = "You have asked for many refreshes in one hour. Please try again a little later."
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=row.get_absolute_url())
    try:
        job = unrolling.refresh(row, more=request.POST.get("more") == "1")
    except RateLimited as error:
        sentence = f"This thread was fetched a moment ago. It can be refreshed again at {error.until:%H:%M} UTC."
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=row.get_absolute_url())
    return see_other(job.get_absolute_url())


@require_safe
def as_markdown(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>.md`. Posts of X count towards X's daily limit of posts in files."""
    row, content = _content(source, path)
    if content is None:
        return removed(request, row)
    count = min(row.post_count, limits.X_POSTS_INTO_FILES.item.amount)
    who = limits.client_address(request)
    if source == "x" and not limits.spend(limits.X_POSTS_INTO_FILES, who, cost=count):
        return explained(request, HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY_FILES, back=row.get_absolute_url())
    return _file(row, markdown.export(content), "text/markdown; charset=utf-8", "md")


@require_safe
def as_json(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>.json`: for X ids and facts only, as its policy on redistribution wants."""
    row, content = _content(source, path)
    if content is None:
        return removed(request, row)
    return _file(row, json.export(content, words=source != "x"), "application/json", "json")


def _content(source: str, path: str) -> tuple[Thread, Content | None]:
    row = access.thread(source, path)
    return row, threads.content(row)


def _file(row: Thread, body: str | bytes, kind: str, ending: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in row.author.handle).strip("-")
    filename = f"{name or row.source}-{row.posted_at:%Y-%m-%d}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Robots-Tag"] = "noindex"
    return response
