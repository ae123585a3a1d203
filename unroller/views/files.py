"""A thread as a file: Markdown, text, JSON at once; PDF and EPUB made by a worker."""

from datetime import datetime
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import regex
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import limits, visitors
from billing.guards import offer
from billing.plans import Feature
from unroller import access, profiles
from unroller.actions import taking, thread_files, threads
from unroller.core.names import attachment, file_name
from unroller.core.posts import Thread as Content
from unroller.exports import json, markdown, text
from unroller.models import Thread, ThreadFile
from unroller.views.errors import explained
from unroller.views.threads import removed
from unroller.views.unroll import see_other

Kind = ThreadFile.Kind
Response = TypeVar("Response", bound=HttpResponseBase)

PAPERS = {"a4": Kind.PDF_A4, "letter": Kind.PDF_LETTER}
ADDRESSES = {Kind.PDF_A4: ".pdf?paper=a4", Kind.PDF_LETTER: ".pdf?paper=letter", Kind.EPUB: ".epub"}
"""What follows a thread's address."""
LETTER_REGIONS = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
"""Where Letter is the paper in the printer (Unicode's CLDR: paperSize US-Letter)."""
TYPES = {"pdf": "application/pdf", "zip": "application/zip", "epub": "application/epub+zip"}
PATIENCE = 1.0
"""Seconds that a reader waits for a file before they are shown its progress."""
TURNS = BoundedSemaphore(4)
"""How many wait so in one web process, since each holds a thread of it; the others see the progress at once."""
TOO_MANY_POSTS = "X allows a reader {most} of its posts a day in files. You can take this thread from {when} on."
TOO_MANY_FILES = "You have asked for many files in one hour. Please try again a little later."


@never_cache
@require_safe
def as_markdown(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>.md`. Posts of X count towards X's daily limit of posts in files."""
    row, content = _content(source, path)
    if content is None:
        return removed(request, row)
    return _refused(request, row) or _download(
        row, markdown.export(taking.allowed(content)), "text/markdown; charset=utf-8", "md"
    )


@never_cache
@require_safe
def as_text(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>.txt`, which counts in the same way."""
    row, content = _content(source, path)
    if content is None:
        return removed(request, row)
    return _refused(request, row) or _download(
        row, text.export(taking.allowed(content)), "text/plain; charset=utf-8", "txt"
    )


@never_cache
@require_safe
def as_json(request: HttpRequest, source: str, path: str) -> HttpResponse:
    """`GET <thread>.json`: for X ids and facts only, as its policy wants; its author gets the words too,
    which count."""
    row, content = _content(source, path)
    if content is None:
        return removed(request, row)
    if source == "x" and not profiles.is_own(request.user, row):
        return _download(row, json.export(content, words=False), "application/json", "json")
    body = json.export(taking.allowed(content))
    return _refused(request, row) or _download(row, body, "application/json", "json")


@never_cache
@require_safe
def as_pdf(request: HttpRequest, source: str, path: str) -> HttpResponseBase:
    """`GET <thread>.pdf?paper=a4` or `letter`; without it, the paper of the browser's country."""
    return _made(request, source, path, kind=PAPERS.get(request.GET.get("paper", "")) or _usual_paper(request))


@never_cache
@require_safe
def as_epub(request: HttpRequest, source: str, path: str) -> HttpResponseBase:
    """`GET <thread>.epub`."""
    return _made(request, source, path, kind=Kind.EPUB)


@never_cache
@require_safe
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """`GET /file/<id>`: how far it is; when it is made the page takes it by itself. htmx gets the moving part only."""
    found = access.thread_file(file_id)
    thread, moving = found.thread, bool(getattr(request, "htmx", False))
    if thread.document is None:
        return removed(request, thread)
    if not taking.may_take_files(request.user, thread):
        return offer(request, Feature.FILES, back=thread.get_absolute_url())
    if not thread_files.is_current(found):  # what was asked for is no more; the reader wants it as it is now
        return _go(thread_files.ask(thread, Kind(found.kind)).get_absolute_url(), moving=moving)
    if thread_files.is_made(found) and moving:
        return _go(found.get_absolute_url(), moving=True)  # the whole page begins the download
    context = {
        "file": found,
        "thread": thread,
        "noun": Kind(found.kind).label.partition(",")[0],
        "address": thread.get_absolute_url() + ADDRESSES[Kind(found.kind)],
        "again_at": thread_files.may_be_tried_at(found),
        "now": timezone.now(),
    }
    return render(request, "_file.html" if moving else "file.html", context)


def _made(request: HttpRequest, source: str, path: str, *, kind: ThreadFile.Kind) -> HttpResponseBase:
    """The file when it is there or soon will be, 303 to its progress otherwise."""
    row = access.thread(source, path)
    if row.document is None:
        return removed(request, row)
    if not taking.may_take_files(request.user, row):
        return offer(request, Feature.FILES, back=row.get_absolute_url())
    until = taking.waits_until(row, _who(request))
    if until:
        return _too_many(request, row, until)
    found = thread_files.find(row, kind)
    if found is None:
        if not limits.spend(limits.NEW_FILES, _who(request)):
            return explained(request, HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY_FILES, back=row.get_absolute_url())
        found = thread_files.ask(row, kind)
    _wait_for(found)
    if not thread_files.is_made(found):
        return see_other(found.get_absolute_url())
    return _handed_out(request, row, found)


def _handed_out(request: HttpRequest, row: Thread, found: ThreadFile) -> HttpResponseBase:
    """The file itself, counted as taken. One that the storage lost is made again."""
    stored = thread_files.opened(found)
    if stored is None:
        return see_other(thread_files.again(found).get_absolute_url())
    refusal = _refused(request, row)
    if refusal:
        stored.close()
        return refusal
    response = FileResponse(stored, content_type=TYPES[found.ending])
    response["Content-Length"] = str(found.size)
    return _named(response, row, found.ending)


def _wait_for(found: ThreadFile) -> None:
    if found.finished_at is None and TURNS.acquire(blocking=False):
        try:
            thread_files.wait(found, PATIENCE)
        finally:
            TURNS.release()


def _go(address: str, *, moving: bool) -> HttpResponse:
    return HttpResponseClientRedirect(address) if moving else see_other(address)


def _content(source: str, path: str) -> tuple[Thread, Content | None]:
    row = access.thread(source, path)
    return row, threads.content(row)


def _refused(request: HttpRequest, row: Thread) -> HttpResponse | None:
    """Counts a thread as taken, unless only its headers are asked for; the page that says from when on it may be, when
    it may not."""
    count = taking.waits_until if request.method == "HEAD" else taking.take
    until = count(row, _who(request))
    return _too_many(request, row, until) if until else None


def _too_many(request: HttpRequest, row: Thread, until: datetime) -> HttpResponse:
    zone = request.user.time_zone if request.user.is_authenticated else "UTC"
    when = f"{until.astimezone(ZoneInfo(zone)):%A, %H:%M}{'' if request.user.is_authenticated else ' UTC'}"
    sentence = TOO_MANY_POSTS.format(most=limits.everybodys(limits.X_POSTS_INTO_FILES), when=when)
    return explained(request, HTTPStatus.TOO_MANY_REQUESTS, sentence, back=row.get_absolute_url())


def _who(request: HttpRequest) -> str:
    """Whom limits count: an account, or where a guest comes from."""
    return taking.account(request.user) if request.user.is_authenticated else visitors.client_address(request)


def _usual_paper(request: HttpRequest) -> ThreadFile.Kind:
    """By the first of the browser's languages that names a country."""
    found = regex.search(
        r"\b[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})\b", request.headers.get("Accept-Language", ""), regex.I
    )
    return Kind.PDF_LETTER if found and found[1].upper() in LETTER_REGIONS else Kind.PDF_A4


def _download(row: Thread, body: str | bytes, kind: str, ending: str) -> HttpResponse:
    return _named(HttpResponse(body, content_type=kind), row, ending)


def _named(response: Response, row: Thread, ending: str) -> Response:
    name = file_name(row.author.handle or row.source, row.posted_at, title=row.title, ending=ending)
    response["Content-Disposition"] = attachment(name)
    response["X-Robots-Tag"] = "noindex"
    return response
