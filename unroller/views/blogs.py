"""Authors' own blogs: connected by their owners' leave, listed with what stands there, removed."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from unroller import access, published
from unroller import profiles as authors
from unroller.actions.blogs import connecting, keys
from unroller.actions.blogs.connecting import STRANGE, CannotConnect
from unroller.core.text import one_line
from unroller.sources.blog import indieauth
from unroller.sources.blog.indieauth import Asked, Server
from unroller.views.people import person
from unroller.views.unroll import see_other

ASKED = "blog-asked"
"""The session's name for what waits for the owner's leave."""
PATIENCE = 15 * 60
"""Seconds in which an owner has to come back."""
LONGEST = 2_000
"""Characters of a code or an address."""
ON_A_PAGE = 50
DENIED = "Nothing was connected: you did not allow it there."
REMOVED = "Removed. What stands on your blog stays there, and our key to it is void."
NOT_TOLD = "Removed. Your blog could not be reached, so take our key away there, too."


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def blogs(request: HttpRequest) -> HttpResponse:
    """`GET /blogs?page=`: one's blogs and what stands there; `POST` (field `address`) looks for where the blog gives
    leave, 303 to the page that leads there."""
    user, typed = person(request), request.POST.get("address", "").strip()[:LONGEST]
    if request.method != "POST":
        return _page(request, user)
    try:
        asked = connecting.begin(user, typed)
    except CannotConnect as error:
        return _page(request, user, typed=typed, error=error.sentence, status=422)
    request.session[ASKED] = {"server": list(asked.server), "rest": [asked.state, asked.verifier], "at": time.time()}
    return see_other(reverse("connect-blog"))


@never_cache
@login_required
@require_safe
def connect(request: HttpRequest) -> HttpResponse:
    """`GET /blogs/connect`: the way to the blog. A link, since browsers hold a form that leads elsewhere against the
    Content-Security-Policy, and since one should see where one goes."""
    asked = _asked(request)
    if asked is None:
        return see_other(reverse("blogs"))
    context = {"server": asked.server, "address": connecting.leave_address(asked), "scopes": indieauth.SCOPES}
    return render(request, "blogs/connect.html", context)


@never_cache
@login_required
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """`GET /blogs/callback`: back from the blog, with a code or without. 303 to the blogs."""
    asked, given = _asked(request), request.GET
    request.session.pop(ASKED, None)
    code, state, issuer = (given.get(name, "")[:LONGEST] for name in ("code", "state", "iss"))
    if asked is None or not indieauth.is_from(asked, state=state, issuer=issuer):
        messages.error(request, STRANGE)
    elif not code:
        messages.info(request, DENIED)
    else:
        _finish(request, asked, code)
    return see_other(reverse("blogs"))


@require_safe
def client(request: HttpRequest) -> JsonResponse:
    """`GET /blogs/client`: what blogs may know of this site (IndieAuth, client metadata)."""
    own = keys.client()
    facts = {
        "client_id": own.id,
        "client_name": settings.SITE_NAME,
        "client_uri": f"{settings.SITE_URL}/",
        "redirect_uris": [own.back],
    }
    return JsonResponse(facts)


@never_cache
@login_required
@require_POST
def remove(request: HttpRequest, blog_id: int) -> HttpResponse:
    """`POST /blogs/<id>/remove`: post there no more, and end the key."""
    told = connecting.disconnect(access.blog(person(request), blog_id))
    if told:
        messages.success(request, REMOVED)
    else:
        messages.warning(request, NOT_TOLD)
    return see_other(reverse("blogs"))


def _page(request: HttpRequest, user: User, *, typed: str = "", error: str = "", status: int = 200) -> HttpResponse:
    page = Paginator(published.posts(user), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "blogs": published.blogs(user),
        "most": connecting.MOST,
        "page": page,
        "profiles": list(authors.profiles(user)),
        "typed": typed,
        "error": error,
    }
    return render(request, "blogs/blogs.html", context, status=status)


def _asked(request: HttpRequest) -> Asked | None:
    """What was begun in this browser, while it is fresh."""
    kept = request.session.get(ASKED)
    if not kept or time.time() - kept["at"] > PATIENCE:
        return None
    return Asked(Server(*kept["server"]), *kept["rest"])


def _finish(request: HttpRequest, asked: Asked, code: str) -> None:
    try:
        blog = connecting.finish(person(request), asked, code)
    except CannotConnect as error:
        messages.error(request, error.sentence)
        return
    messages.success(request, f"Connected: {one_line(blog.address)}. Choose a thread of yours to publish there.")
