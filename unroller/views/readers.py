"""A page that somebody looked at says so, once and without a name."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts import limits, visitors
from unroller.actions import counting
from unroller.forms.threads import AboutForm
from unroller.views.guards import from_this_site


@from_this_site
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """`POST /read` (field `thread`: `<source>/<path>`): counts a reader; 204, whether they count or not."""
    about = AboutForm(request.POST)
    source, _, path = about.cleaned_data["thread"].partition("/") if about.is_valid() else ("", "", "")
    address = visitors.client_address(request)
    if path and limits.spend(limits.READS, address):
        counting.note(source, path, address, request.headers.get("User-Agent", ""))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
