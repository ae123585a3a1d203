"""Archives of X: where they are brought, how far they are, and what became of them."""

from http import HTTPStatus
from pathlib import Path
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import access, archived
from unroller.actions.archives import publishing, receiving
from unroller.actions.refusals import Refused
from unroller.forms.archives import DeedForm
from unroller.models import Archive
from unroller.views.archive_uploads import OneZip, TooLarge, ZipFile
from unroller.views.people import person
from unroller.views.unroll import see_other
from unroller.views.unseen import unseen

ON_A_PAGE = 50
NOTHING = "Choose the zip that X gave you."
DELETED = "The archive is deleted here, and so are its private threads within the hour, but for those in your library."
PUBLISHED = "Your threads become public, one after the other."
MOVING = (Archive.State.QUEUED, Archive.State.READING, Archive.State.PUBLISHING)


@csrf_exempt  # the check would read the whole file into a place of Django's own; it comes right after
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def archives(request: HttpRequest) -> HttpResponse:
    """`GET /archives`: what happens with a zip, the form, and what was brought; `POST` (field `file`) takes one in one
    piece, for browsers without JavaScript, 303 to its page."""
    if request.method == "POST":
        request.upload_handlers = [OneZip(request)]
        try:
            request.FILES.get("file")
        except TooLarge as error:
            return _page(request, error.sentence, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _archives(request)


@csrf_protect
def _archives(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    file = request.FILES.get("file")
    if file is None:
        return _page(request, NOTHING, HTTPStatus.UNPROCESSABLE_ENTITY)
    place = Path(cast("ZipFile", file).temporary_file_path())
    try:
        archive = receiving.take_whole(person(request), file.name or "", place)
    except Refused as error:
        return _page(request, error.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(archive.get_absolute_url())


@unseen()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    """`GET /archives/<archive>?page=`: how far it is, then the report and its threads; htmx gets the moving part only.

    `POST` (field `action`): `publish` makes its private threads public, `delete` forgets it.
    """
    found = access.archive(person(request), archive_id)
    if request.method == "POST":
        return _deed(request, found)
    is_moving = found.state in MOVING
    context: dict[str, object] = {"archive": found, "moving": is_moving, "report": archived.report(found)}
    if getattr(request, "htmx", False):
        return render(request, "archives/_state.html", context)
    if not is_moving:
        page = Paginator(archived.threads(found), ON_A_PAGE).get_page(request.GET.get("page"))
        is_own = publishing.is_proved(found)
        context |= {"page": page, "is_own": is_own, "may_publish": is_own and not found.is_public}
    return render(request, "archives/archive.html", context)


def _deed(request: HttpRequest, found: Archive) -> HttpResponse:
    form = DeedForm(request.POST)
    action = form.cleaned_data["action"] if form.is_valid() else ""
    if action == "delete":
        receiving.delete(found)
        messages.success(request, DELETED)
        return see_other(reverse("archives"))
    if action == "publish":
        try:
            publishing.publish(found)
        except Refused as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, PUBLISHED)
    return see_other(found.get_absolute_url())


def _page(request: HttpRequest, error: str = "", status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    user = person(request)
    context = {
        "archives": archived.latest(user),
        "most_gigabytes": f"{settings.ARCHIVE_MEGABYTES / 1000:g}",
        "keeps_media": plan_for(user).allows(Feature.KEPT_MEDIA),
        "error": error,
    }
    return render(request, "archives/archives.html", context, status=status)
