"""The list of followed authors as a file, out and in."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from billing.entitlements import plan_for
from unroller import my_authors
from unroller.actions import lists, lookups
from unroller.actions.lists import Unreadable
from unroller.forms.following import ImportForm
from unroller.models import Lookup
from unroller.views import importing
from unroller.views.follow import cadences, usual
from unroller.views.my_authors import own
from unroller.views.people import person
from unroller.views.unroll import see_other

TOO_LARGE = "This file is larger than a megabyte, which no list of authors is."
NOTHING = "Choose a file, or paste a list."


@never_cache
@login_required
@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """`GET /my-authors.csv`"""
    return _file(lists.as_csv(my_authors.all_of(person(request))), "text/csv; charset=utf-8", "my-authors.csv")


@never_cache
@login_required
@require_safe
def as_opml(request: HttpRequest) -> HttpResponse:
    """`GET /my-authors.opml`"""
    return _file(lists.as_opml(my_authors.all_of(person(request))), "text/x-opml; charset=utf-8", "my-authors.opml")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """`GET /my-authors/import`: the form, and what became of the last lists; `POST` (fields `file`, `text`, `cadence`).

    htmx gets the report only.
    """
    if request.method != "POST":
        template = "people/_report.html" if getattr(request, "htmx", False) else "people/import.html"
        return render(request, template, _page(request))
    form = ImportForm(request.POST, request.FILES)
    if too_many := importing.try_one(person(request)):
        return _refused(request, too_many, HTTPStatus.TOO_MANY_REQUESTS)
    try:
        entries = lists.read(_text(form), form.cadence_or(usual(plan_for(person(request)))))
    except Unreadable as error:
        return _refused(request, error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    if too_many := importing.take_one(person(request)):
        return _refused(request, too_many, HTTPStatus.TOO_MANY_REQUESTS)
    lists.bring_in(person(request), entries)
    return see_other(reverse("import-authors"))


@own
def clear(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/import/clear`: the report has been read."""
    lists.clear_report(person(request))
    messages.success(request, "The report is cleared.")
    return see_other(reverse("import-authors"))


def _text(form: ImportForm) -> str:
    """What was uploaded, else what was pasted. Raises Unreadable."""
    form.is_valid()
    file, text = form.cleaned_data.get("file"), str(form.data.get("text", ""))
    if isinstance(file, UploadedFile):
        if (file.size or 0) > lists.MOST_BYTES:
            raise Unreadable(TOO_LARGE)
        return lists.decoded(file.read())
    if not text.strip():
        raise Unreadable(NOTHING)
    return text


def _page(request: HttpRequest) -> dict[str, object]:
    """The form and the report; the names that led nowhere come with their reasons."""
    plan = plan_for(person(request))
    rows = my_authors.imported(person(request))
    counts = my_authors.counts(rows)
    already = rows.filter(state=Lookup.State.DONE, sentence=lookups.ALREADY).count()
    return {
        "cadences": cadences(plan, usual(plan)),
        "followed": counts.get(Lookup.State.DONE, 0) - already,
        "already": already,
        "looking_up": counts.get(Lookup.State.QUEUED, 0),
        "failed": list(rows.filter(state=Lookup.State.FAILED)[: lists.MOST_LINES]),
        "waiting": my_authors.why_waiting(rows),
    }


def _refused(request: HttpRequest, sentence: str, status: HTTPStatus) -> HttpResponse:
    context = _page(request) | {"error": sentence, "text": request.POST.get("text", "")}
    return render(request, "people/import.html", context, status=status)


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
