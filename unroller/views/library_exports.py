"""The whole library as files."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import access, library
from unroller.actions import library_exports, library_json
from unroller.actions.refusals import Refused
from unroller.forms.imports import EndForm, ExportForm
from unroller.models import LibraryExport
from unroller.views.people import person
from unroller.views.unroll import see_other


@never_cache
@login_required
@require_safe
def as_json(request: HttpRequest) -> HttpResponseBase:
    """`GET /library.json`: everything in the library but the words of its threads, for everybody, at once."""
    pieces = library_json.stream(person(request))
    response = StreamingHttpResponse(pieces, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="library.json"'
    return response


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def exports(request: HttpRequest) -> HttpResponse:
    """`GET /library/export`: ways to take the library, and what was made; htmx gets the moving part only.

    `POST`: `kind` has the library made into files, which comes with premium; `export` stops and deletes one.
    """
    if request.method == "POST":
        return _delete(request) if "export" in request.POST else _ask(request)
    return _page(request)


@never_cache
@login_required
@require_safe
def part(request: HttpRequest, export_id: UUID, number: int) -> HttpResponseBase:
    """`GET /library/export/<export>/<number>`: a zip, for its owner alone; 410 once it is gone."""
    found = access.library_part(person(request), export_id, number)
    if not library_exports.is_there(found):
        return render(request, "library/part_gone.html", {"days": library_exports.KEPT.days}, status=HTTPStatus.GONE)
    site, kind = slugify(settings.SITE_NAME), found.export.kind
    name = f"{site}-library-{kind}-{found.created_at:%Y-%m-%d}-part-{number}.zip".removeprefix("-")
    response = FileResponse(default_storage.open(found.file), as_attachment=True, filename=name)
    response["Content-Type"] = "application/zip"
    return response


def _ask(request: HttpRequest) -> HttpResponse:
    if not plan_for(request.user).allows(Feature.LIBRARY_ZIP):
        return offer(request, Feature.LIBRARY_ZIP)
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, error=str(form.errors["kind"][0]), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        library_exports.ask(person(request), LibraryExport.Kind(form.cleaned_data["kind"]))
    except Refused as error:
        return _page(request, error=error.sentence, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(reverse("library-exports"))


def _delete(request: HttpRequest) -> HttpResponse:
    form = EndForm(request.POST)
    found = library_exports.of(person(request)).filter(id=form.cleaned_data["export"]) if form.is_valid() else ()
    for export in found:
        library_exports.delete(export)
        messages.success(request, "These files are deleted.")
    return see_other(reverse("library-exports"))


def _page(request: HttpRequest, *, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    user = person(request)
    made = list(library_exports.of(user))
    context = {
        "exports": made,
        "running": any(export.finished_at is None for export in made),
        "count": library.of(user).count(),
        "kinds": LibraryExport.Kind.choices,
        "chosen": _chosen(request, made),
        "may_export": plan_for(user).allows(Feature.LIBRARY_ZIP),
        "days": library_exports.KEPT.days,
        "error": error,
    }
    moving = bool(getattr(request, "htmx", False)) and request.method != "POST"
    return render(request, "library/_exports.html" if moving else "library/export.html", context, status=status)


def _chosen(request: HttpRequest, made: Sequence[LibraryExport]) -> str:
    """The format that was asked for last."""
    last = made[0].kind if made else LibraryExport.Kind.MARKDOWN
    return request.POST.get("kind", last)
