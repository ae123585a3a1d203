"""Is the process alive, and can it do its work?"""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from unroller import readiness, waiting

NOT_FOR_ROBOTS = (
    *("/unroll", "/media/", "/search", "/file/", "/private", "/gift-file", "/authors-rights/ask/"),
    *("/thread/*.pdf", "/thread/*.epub"),
)
READINESS = readiness.Recent(waiting.LINES)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """`GET /healthz`: ok, without asking anybody."""
    return HttpResponse("ok", content_type="text/plain")


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
    return HttpResponse("\n".join(lines), content_type="text/plain")


def _said(words: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(f"{words}\n", content_type="text/plain", status=status)
