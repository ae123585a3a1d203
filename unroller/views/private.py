"""Threads behind private links: asked for, read by whoever has the address, prolonged and revoked by who made it."""

from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from billing.guards import requires
from billing.plans import Feature
from unroller import access, kept, library, queries, unguessable
from unroller.actions import library as keeping
from unroller.actions import pressing, private_links, threads
from unroller.actions.library import CannotSave
from unroller.actions.private_links import DAYS, CannotLink
from unroller.core.errors import UnrollError
from unroller.core.layout import places
from unroller.forms.links import DaysForm
from unroller.forms.threads import LinkForm
from unroller.models import Job, PrivateLink, Thread
from unroller.views import wishes
from unroller.views.people import person
from unroller.views.threads import removed
from unroller.views.unroll import TOO_MANY, may_unroll, see_other
from unroller.views.unseen import unseen

ON_A_PAGE = 50
ENDED = "private/ended.html"
REVOKED = "The link opens nothing any more."


class TooManyUnrolls(Exception):
    """A link would need a fetch, and its maker had as many as they may in an hour."""


class Row(NamedTuple):
    """A link in its owner's list; `address` is empty where the site's key changed since it was made."""

    link: PrivateLink
    thread: Thread | None
    address: str


@never_cache
@requires(Feature.PRIVATE_LINKS)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def private(request: HttpRequest) -> HttpResponse:
    """`GET /private?url=`: the form; `POST` (fields `url`, `days`) makes a link, 303 to it."""
    days = DaysForm(request.POST if request.method == "POST" else request.GET).wanted
    if request.method != "POST":
        return _form(request, request.GET.get("url", "")[:2000], days=days)
    form = LinkForm(request.POST)
    link = request.POST.get("url", "")[:2000]
    if not form.is_valid():
        return _form(request, link, days=days, error=form.sentence, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        made = _made(request, form.cleaned_data["url"], days)
    except TooManyUnrolls:
        return _form(request, link, days=days, error=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
    except UnrollError as error:
        return _form(request, link, days=days, error=error.for_reader, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except CannotLink as error:
        return _form(request, link, days=days, error=error.sentence, status=HTTPStatus.CONFLICT)
    return see_other(reverse("private-link", args=[unguessable.secret(queries.PRIVATE_LINK, made.id)]))


@unseen(ENDED)
@require_safe
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """`GET /private/<secret>`: how far it is, then the thread. htmx gets the moving part only."""
    found = access.private_link(secret)
    thread = _thread(found)
    moving = bool(getattr(request, "htmx", False))
    address = reverse("private-link", args=[secret])
    mine = found if request.user.pk == found.user_id else None
    if thread is None:
        context = {
            "link": found,
            "mine": mine,
            "job": found.job,
            "wait_until": found.job and found.job.waits_until,
        }
        return render(request, "private/_job.html" if moving else "private/job.html", context | {"address": address})
    if moving:
        return HttpResponseClientRedirect(address)
    return _page(request, thread, mine, address=settings.SITE_URL + address if mine else "")


@unseen()
@login_required
@require_safe
def own(request: HttpRequest, thread_id: int) -> HttpResponse:
    """`GET /private/thread/<id>`: a private thread for whoever has a link of their own there, or saved it."""
    thread = access.own_private_thread(person(request), thread_id)
    return _page(request, thread, None)


@never_cache
@login_required
@require_POST
def save(request: HttpRequest, thread_id: int) -> HttpResponse:
    """`POST /private/thread/<id>/save` (field `back`): into one's own library, where it stays when the link ends."""
    user = person(request)
    thread = access.own_private_thread(user, thread_id)
    try:
        keeping.save(user, thread)
    except CannotSave as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, wishes.SAVED)
    return see_other(wishes.local(request.POST.get("back", ""), otherwise=thread.get_absolute_url()))


@unseen()
@login_required
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """`GET /private-links?page=`: one's own links, the newest first."""
    mine = queries.private_links().filter(user=person(request)).order_by("-created_at", "id")
    found = mine.select_related("thread__author", "job__thread__author")
    found = found.defer("job__recording", "thread__document", "job__thread__document")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [Row(row, _thread(row), _address(row)) for row in page.object_list]
    return render(request, "private/links.html", {"page": page, "rows": rows, "days": DAYS})


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """`POST /private-links/<id>/revoke`: it opens nothing from now on."""
    private_links.revoke(access.own_private_link(person(request), link_id))
    messages.success(request, REVOKED)
    return see_other(reverse("private-links"))


@never_cache
@requires(Feature.PRIVATE_LINKS)
@login_required
@require_POST
def prolong(request: HttpRequest, link_id: UUID) -> HttpResponse:
    """`POST /private-links/<id>/prolong` (field `days`): it opens for so long from now."""
    found = access.own_private_link(person(request), link_id)
    try:
        private_links.prolong(found, DaysForm(request.POST).wanted)
    except CannotLink as error:
        messages.error(request, error.sentence)
    return see_other(reverse("private-links"))


def _made(request: HttpRequest, url: str, days: int) -> PrivateLink:
    """The link of this form, whichever press of its button made it. Raises TooManyUnrolls, UnrollError, CannotLink."""
    user = person(request)
    with pressing.press(user, request.POST.dict()) as press:
        found = queries.private_links().filter(user=user, id=press.made).first() if press.made else None
        if found is None and not private_links.is_here(user, url) and not may_unroll(request):
            raise TooManyUnrolls
        made = found or private_links.make(user, url, days)
        press.made = str(made.id)
    return made


def _form(
    request: HttpRequest, url: str, *, days: int, error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"link": url, "error": error, "choices": DAYS, "chosen": days, "once": pressing.key()}
    return render(request, "private/new.html", context, status=status)


def _page(request: HttpRequest, thread: Thread, mine: PrivateLink | None, *, address: str = "") -> HttpResponse:
    """The thread by itself. `mine`: the link that is read, where its owner reads it; `address` is what they copy."""
    content = threads.content(thread)
    if content is None:
        return removed(request, thread)
    content = kept.with_own_recordings(thread, content)
    user = request.user
    is_owner = user.is_authenticated and queries.own_private_threads(user).filter(id=thread.id).exists()
    context = {
        "thread": thread,
        "content": content,
        "places": places(content),
        "mine": mine,
        "address": address,
        "may_save": is_owner,
        "saved": library.saved(user, thread) if user.is_authenticated and is_owner else None,
    }
    response = render(request, "private/thread.html", context)
    if not is_owner:  # there is no form on their page
        response["Referrer-Policy"] = "no-referrer"
    return response


def _thread(found: PrivateLink) -> Thread | None:
    """What a link leads to; its job may have been done while the link was made."""
    return found.thread or (found.job.thread if found.job and found.job.state == Job.State.DONE else None)


def _address(found: PrivateLink) -> str:
    secret = unguessable.known(queries.PRIVATE_LINK, found.id, found.digest)
    return settings.SITE_URL + reverse("private-link", args=[secret]) if secret else ""
