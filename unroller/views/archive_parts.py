"""The zip of X on its way here, part by part, sent by the page's script."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import limits
from unroller import access
from unroller.actions.archives import receiving
from unroller.actions.archives.receiving import PART_BYTES, WrongOffset
from unroller.actions.refusals import Refused
from unroller.forms.archives import BeginForm, PartForm
from unroller.models import Archive
from unroller.views.people import person

SIGN_IN = "You are not signed in any more. Reload the page to sign in, and choose the same file to go on."
CUT = "A part did not arrive whole."
TOO_FAST = "This is a lot within an hour. Please go on a little later."


@never_cache
@require_POST
def begin(request: HttpRequest) -> JsonResponse:
    """`POST /archives/begin` (fields `name`, `size`): where to send parts, and from which byte on.

    400 for an empty file: it is never sent again, as a part that was cut is.
    """
    if not request.user.is_authenticated:
        return _said(SIGN_IN, HTTPStatus.UNAUTHORIZED)
    form = BeginForm(request.POST)
    if not form.is_valid():
        return _said(receiving.EMPTY, HTTPStatus.BAD_REQUEST)
    try:
        archive = receiving.begin(person(request), form.cleaned_data["name"], form.cleaned_data["size"])
    except Refused as error:
        return _said(error.sentence, HTTPStatus.CONFLICT)
    address = archive.get_absolute_url()
    return JsonResponse({"part": f"{address}/part", "page": address, "received": archive.received, "most": PART_BYTES})


@never_cache
@require_POST
def part(request: HttpRequest, archive_id: UUID) -> JsonResponse:
    """`POST /archives/<archive>/part?offset=&length=`, the bytes as the body: how many are here now.

    409 with `received` for a wrong offset; 422 for a body that was cut. The same part twice changes nothing.
    """
    if not request.user.is_authenticated:
        return _said(SIGN_IN, HTTPStatus.UNAUTHORIZED)
    archive = access.archive(person(request), archive_id)
    if not limits.spend(limits.ARCHIVE_PARTS, str(request.user.pk)):
        return _said(TOO_FAST, HTTPStatus.TOO_MANY_REQUESTS)
    form = PartForm(request.GET)
    body = request.read(form.cleaned_data["length"] + 1) if form.is_valid() else b""
    if not body or len(body) != form.cleaned_data["length"]:
        return _said(CUT, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _taken(archive, form.cleaned_data["offset"], body)


def _taken(archive: Archive, offset: int, body: bytes) -> JsonResponse:
    try:
        received = receiving.take_part(archive, offset, body)
    except WrongOffset as error:
        return JsonResponse({"received": error.received}, status=HTTPStatus.CONFLICT)
    except Refused as error:
        return _said(error.sentence, HTTPStatus.INSUFFICIENT_STORAGE)
    return JsonResponse({"received": received})


def _said(sentence: str, status: HTTPStatus) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)
