"""Where somebody who found a weakness tells us."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

GOOD_FOR = timedelta(days=180)
"""RFC 9116 asks for less than a year."""


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """`GET /.well-known/security.txt` (RFC 9116)."""
    end = (timezone.now() + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    contacts = [f"mailto:{settings.CONTACT_EMAIL}"] if settings.CONTACT_EMAIL else []
    lines = [
        *(f"Contact: {address}" for address in (*contacts, settings.SITE_URL + reverse("contact"))),
        f"Expires: {end:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{request.path}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
