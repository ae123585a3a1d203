"""A person's own data as a file: asked for, waited for, taken."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from unroller import access
from unroller.actions import data_exports
from unroller.views.people import person


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """`POST /account/data` asks for a file. `GET` answers htmx with how far it is, and anybody else with the page."""
    user = person(request)
    if request.method == "POST":
        try:
            data_exports.ask(user)
        except data_exports.TooSoon as error:
            messages.info(request, error.sentence)
        else:
            return redirect(f"{reverse('account')}#data")
    elif getattr(request, "htmx", False):
        return render(request, "people/_data.html", {"export": data_exports.latest(user)})
    return redirect("account")


@never_cache
@login_required
@require_safe
def file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """`GET /account/data/<export>`: the zip, for its owner alone; 410 once it expired."""
    export = access.data_export(person(request), export_id)
    if export.finished_at is None or export.failed:
        return redirect("account")
    if not data_exports.is_there(export):
        return render(request, "people/data_expired.html", {"days": data_exports.KEPT.days}, status=HTTPStatus.GONE)
    name = f"{slugify(settings.SITE_NAME)}-data-{export.finished_at:%Y-%m-%d}.zip".removeprefix("-")
    response = FileResponse(default_storage.open(export.file), as_attachment=True, filename=name)
    response["Content-Type"] = "application/zip"
    return response
