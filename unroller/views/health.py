"""Is the process alive?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

NOT_FOR_ROBOTS = (
    *("/unroll", "/media/", "/search", "/file/", "/private", "/gift-file", "/authors-rights/ask/"),
    *("/thread/*.pdf", "/thread/*.epub"),
)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """`GET /healthz`: ok, without asking anybody."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`GET /robots.txt`: pages may be indexed, work may not be ordered by robots."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")
