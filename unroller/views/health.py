"""Is the process alive?"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """`GET /healthz`: ok, without asking anybody."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`GET /robots.txt`: pages may be indexed, work may not be ordered by robots."""
    return HttpResponse("User-agent: *\nDisallow: /unroll\nDisallow: /media/\n", content_type="text/plain")
