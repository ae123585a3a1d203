"""Stripe's door: a signature instead of a token."""

from http import HTTPStatus

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing import inbox
from billing.gateway.errors import Forged

PLAIN = "text/plain; charset=utf-8"


@csrf_exempt
@require_POST
def stripe(request: HttpRequest) -> HttpResponse:
    """`POST /billing/stripe/webhook`: 200 once the event is kept, also for one that concerns nobody here.

    400 for what Stripe did not sign, 413 for what it would never send; a database that is away makes it 500, and
    Stripe comes again.
    """
    try:
        inbox.store(request.body, request.headers.get("Stripe-Signature", ""))
    except RequestDataTooBig:
        return HttpResponse("Too large.\n", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE, content_type=PLAIN)
    except Forged:
        return HttpResponse("No valid signature.\n", status=HTTPStatus.BAD_REQUEST, content_type=PLAIN)
    return HttpResponse(status=HTTPStatus.OK)
