"""Files as gifts: a member gives one, a friend takes it once."""

from http import HTTPStatus
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import limits, visitors
from billing.guards import requires
from billing.plans import Feature
from unroller import access, queries, unguessable
from unroller.actions import file_gifts, taking, thread_files
from unroller.actions.file_gifts import CannotGive
from unroller.core.names import attachment, file_name
from unroller.forms.links import GiftForm
from unroller.models import FileGift, Thread, ThreadFile
from unroller.views.errors import explained
from unroller.views.files import PATIENCE, TOO_MANY_FILES, TOO_MANY_POSTS, TURNS, TYPES
from unroller.views.people import person
from unroller.views.threads import removed
from unroller.views.unroll import see_other
from unroller.views.unseen import unseen

Kind = ThreadFile.Kind

ON_A_PAGE = 50
ENDED = "private/gift_ended.html"
COOKIE = "gift-taken"
"""Which browser took a gift: it alone may have the file again when its download broke."""
REVOKED = "The gift is taken back: its address opens nothing any more."
TOO_LATE = "Somebody has this file already, so it cannot be taken back."
NO_SUCH_FILE = "Choose PDF or EPUB."


class Row(NamedTuple):
    """A gift in its giver's list; `address` is empty where the site's key changed since it was made."""

    gift: FileGift
    noun: str
    address: str


@never_cache
@requires(Feature.FILES)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def give(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>/gift-file`: what such a gift is; `POST` (field `kind`) makes one, 303 to the list."""
    thread = access.thread(source, path)
    if thread.removed:
        return removed(request, thread)
    if request.method != "POST":
        return _form(request, thread)
    form = GiftForm(request.POST)
    if not form.is_valid():
        return _form(request, thread, error=NO_SUCH_FILE, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        file_gifts.give(person(request), thread, Kind(form.cleaned_data["kind"]))
    except CannotGive as error:
        return _form(request, thread, error=error.sentence, status=HTTPStatus.TOO_MANY_REQUESTS)
    return see_other(reverse("file-gifts"))


@unseen()
@login_required
@require_safe
def given(request: HttpRequest) -> HttpResponse:
    """`GET /gift-files?page=`: what one gave, the newest first, with the addresses of what nobody took yet."""
    mine = queries.file_gifts().filter(user=person(request)).select_related("thread__author")
    found = mine.defer("thread__document").order_by("-created_at", "id")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    rows = [Row(gift, _noun(gift), _address(gift)) for gift in page.object_list]
    return render(request, "private/gifts.html", {"page": page, "rows": rows, "a_month": file_gifts.A_MONTH})


@never_cache
@login_required
@require_POST
def revoke(request: HttpRequest, gift_id: UUID) -> HttpResponse:
    """`POST /gift-files/<id>/revoke`: its address opens nothing from now on, unless a friend took the file already."""
    if file_gifts.revoke(access.own_file_gift(person(request), gift_id)):
        messages.success(request, REVOKED)
    else:
        messages.error(request, TOO_LATE)
    return see_other(reverse("file-gifts"))


@unseen(ENDED)
@require_http_methods(["GET", "HEAD", "POST"])
def gift(request: HttpRequest, secret: str) -> HttpResponseBase:
    """`GET /gift-file/<secret>`: one button, or how far the file is; `POST` takes it, once.

    Whoever only looks at the address (a chat that makes a preview of a link) takes nothing. htmx gets the moving part.
    """
    found = access.file_gift(secret)
    if found.thread.document is None:
        return removed(request, found.thread)
    if found.taken_at and not _took_it(request, found):
        raise Http404("somebody took it")
    file = thread_files.find(found.thread, Kind(found.kind))
    if request.method == "POST":
        return _taken(request, found, file)
    moving = bool(getattr(request, "htmx", False))
    if moving and file is not None and thread_files.is_made(file):
        return HttpResponseClientRedirect(request.path)
    context = {
        "gift": found,
        "thread": found.thread,
        "file": file,
        "noun": _noun(found),
        "address": request.path,
        "again_at": thread_files.may_be_tried_at(file) if file else None,
        "now": timezone.now(),
    }
    return render(request, "private/_gift.html" if moving else "private/gift.html", context)


def _taken(request: HttpRequest, found: FileGift, file: ThreadFile | None) -> HttpResponseBase:
    """The file when it is there or soon will be, 303 to its progress otherwise."""
    who = visitors.client_address(request)
    if refusal := _too_many_posts(request, found, who, count=False):
        return refusal
    if file is None:
        if not limits.spend(limits.NEW_FILES, who):
            return explained(request, HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY_FILES, back=request.path)
        file = thread_files.ask(found.thread, Kind(found.kind))
    if file.finished_at is None and TURNS.acquire(blocking=False):
        try:
            thread_files.wait(file, PATIENCE)
        finally:
            TURNS.release()
    return _handed_out(request, found, file, who) if thread_files.is_made(file) else see_other(request.path)


def _handed_out(request: HttpRequest, found: FileGift, file: ThreadFile, who: str) -> HttpResponseBase:
    """The file itself; the gift is taken with it. One that the storage lost is made again."""
    stored = thread_files.opened(file)
    if stored is None:
        thread_files.again(file)
        return see_other(request.path)
    refusal = _too_many_posts(request, found, who, count=True)
    if refusal or not (file_gifts.take(found) or _took_it(request, found)):
        stored.close()
        return refusal or render(request, ENDED, status=HTTPStatus.GONE)
    thread = found.thread
    response = FileResponse(stored, content_type=TYPES[file.ending])
    response["Content-Length"] = str(file.size)
    name = file_name(thread.author.handle or thread.source, thread.posted_at, title=thread.title, ending=file.ending)
    response["Content-Disposition"] = attachment(name)
    _remember(request, response, found)
    return response


def _too_many_posts(request: HttpRequest, found: FileGift, who: str, *, count: bool) -> HttpResponse | None:
    """That the friend has had too many of X's posts today; counts these as taken where they are."""
    until = taking.take(found.thread, who) if count else taking.waits_until(found.thread, who)
    if until is None:
        return None
    sentence = TOO_MANY_POSTS.format(most=limits.everybodys(limits.X_POSTS_INTO_FILES), when=f"{until:%A, %H:%M} UTC")
    return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=request.path)


def _took_it(request: HttpRequest, found: FileGift) -> bool:
    """Whether this browser took a gift a moment ago."""
    if not file_gifts.may_be_taken_again(found):
        return False
    try:
        return request.get_signed_cookie(COOKIE, salt=str(found.id), max_age=file_gifts.AGAIN) == found.digest
    except (KeyError, BadSignature):
        return False


def _remember(request: HttpRequest, response: HttpResponseBase, found: FileGift) -> None:
    if found.taken_at is None:
        response.set_signed_cookie(
            COOKIE,
            found.digest,
            salt=str(found.id),
            max_age=file_gifts.AGAIN,
            path=request.path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _form(request: HttpRequest, thread: Thread, *, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    context = {"thread": thread, "kinds": Kind.choices, "error": error, "a_month": file_gifts.A_MONTH}
    return render(request, "private/give.html", context, status=status)


def _noun(found: FileGift) -> str:
    return Kind(found.kind).label.partition(",")[0]


def _address(found: FileGift) -> str:
    secret = "" if found.taken_at else unguessable.known(queries.FILE_GIFT, found.id, found.digest)
    return settings.SITE_URL + reverse("gift-file", args=[secret]) if secret else ""
