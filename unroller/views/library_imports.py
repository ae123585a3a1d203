"""Lists of links brought from elsewhere."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from billing.entitlements import plan_for
from billing.plans import Feature, Limit
from unroller import access, imported
from unroller.actions import brought_marks, import_rows, library_imports
from unroller.actions.refusals import Refused
from unroller.core import link_files, link_lists
from unroller.core.link_lists import LinkList, NoList
from unroller.forms.imports import ListForm, ReportForm
from unroller.views import importing
from unroller.views.people import person
from unroller.views.unroll import see_other

MOST_BYTES = 20 * 1024 * 1024
TOO_LARGE = "This file is larger than 20 megabytes, which no list of links is."
TOO_MUCH = "This is too much to paste. Choose it as a file."
NOTHING = "Choose a file, or paste a list."
DONE = {
    "again": "What had failed is tried again.",
    "stop": "Stopped. What was saved stays in your library.",
    "delete": "The report is deleted. What was saved stays in your library.",
}


@csrf_exempt  # the check would read the fields before this view may say that they are too long; it comes right after
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """`GET /library/import`: the form, and the lists of before; `POST` (fields `file`, `text`) 303 to its report."""
    try:
        request.POST.get("text")
    except RequestDataTooBig:
        return _refused(request, TOO_MUCH, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text="")
    return _bring_in(request)


@csrf_protect
def _bring_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "library/import.html", _page(request))
    user = person(request)
    if too_many := importing.try_one(user):
        return _refused(request, too_many, HTTPStatus.TOO_MANY_REQUESTS)
    try:
        library_imports.require_room(user)
        found = _list(ListForm(request.POST, request.FILES))
        if too_many := importing.take_one(user):
            return _refused(request, too_many, HTTPStatus.TOO_MANY_REQUESTS)
        origin = library_imports.bring_in(user, found)
    except (NoList, Refused) as error:
        return _refused(request, error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    told = brought_marks.bring_in(user, found.marks).sentence
    if told:
        messages.info(request, told)
    return see_other(origin.get_absolute_url())


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """`GET /library/import/<list>`: what became of its links; htmx gets the moving part only.

    `POST` (field `action`): `again` tries what failed, `stop` ends it, `delete` forgets it.
    """
    origin = access.library_import(person(request), import_id)
    form = ReportForm(request.POST)
    if request.method == "POST" and form.is_valid():
        action = form.cleaned_data["action"]
        doers = {"again": library_imports.try_again, "stop": library_imports.stop, "delete": library_imports.delete}
        doers[action](origin)
        messages.success(request, DONE[action])
        return see_other(reverse("import-library") if action == "delete" else origin.get_absolute_url())
    template = "library/_report.html" if getattr(request, "htmx", False) else "library/report.html"
    may_tag = plan_for(person(request)).allows(Feature.LIBRARY_TOOLS)
    context = {"report": imported.report(origin), "origin": origin, "may_tag": may_tag}
    return render(request, template, context)


def _list(form: ListForm) -> LinkList:
    """What was uploaded, else what was pasted. Raises NoList."""
    form.is_valid()
    file, text = form.cleaned_data.get("file"), str(form.data.get("text", ""))
    if isinstance(file, UploadedFile):
        if (file.size or 0) > MOST_BYTES:
            raise NoList(TOO_LARGE)
        return link_lists.read_parts(link_files.texts(file.read()))
    if not text.strip():
        raise NoList(NOTHING)
    return link_lists.read(text)


def _page(request: HttpRequest) -> dict[str, object]:
    plan = plan_for(person(request))
    return {
        "lists": imported.latest(person(request)),
        "most": import_rows.MOST_LINKS,
        "an_hour": plan.limit(Limit.UNROLLS),
        "may_tag": plan.allows(Feature.LIBRARY_TOOLS),
    }


def _refused(request: HttpRequest, sentence: str, status: HTTPStatus, *, text: str | None = None) -> HttpResponse:
    """The form again with what was pasted, or with `text` where that cannot be read."""
    context = _page(request) | {"error": sentence, "text": request.POST.get("text", "") if text is None else text}
    return render(request, "library/import.html", context, status=status)
