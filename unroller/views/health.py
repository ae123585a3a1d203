"""Is the process alive, and can it do its work?"""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from accounts import visitors
from unroller import metrics, readiness, waiting

NOT_FOR_ROBOTS = (
    *("/unroll", "/media/", "/search", "/file/", "/private", "/gift-file", "/authors-rights/ask/"),
    *("/thread/*.pdf", "/thread/*.epub"),
)
READINESS = readiness.Recent(waiting.LINES)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """`GET /healthz`: ok, without asking anybody."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """`GET /readyz`: 200 or 503, and the names of what fails. `?strict=1`: 503 also for what can be done without.

    Anybody may ask: no hosts, no versions, no numbers.
    """
    failed = [check for check in READINESS.look() if not check.ok]
    names = ", ".join(check.name for check in failed)
    if any(check.vital for check in failed) or (failed and request.GET.get("strict") == "1"):
        return _said(f"not ready: {names}", HTTPStatus.SERVICE_UNAVAILABLE)
    return _said(f"degraded: {names}" if failed else "ready", HTTPStatus.OK)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`GET /robots.txt`: pages may be indexed, work may not be ordered by robots."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def numbers(request: HttpRequest) -> HttpResponse:
    """`GET /metrics`: for who has METRICS_TOKEN (as a bearer's), or, without one, for programs on this machine."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _may_read(request: HttpRequest) -> bool:
    if not settings.METRICS_TOKEN:
        return visitors.is_from_this_machine(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN)


def _said(words: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
