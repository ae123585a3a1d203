"""The site as an app on a phone: what its home screen shows, and what other apps may share into it."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

PAPER = "#fbfaf6"


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """`GET /manifest.webmanifest` (W3C web app manifest, with its share target)."""
    icons = [("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-maskable", 512, "maskable")]
    described = {
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME[:12],
        "description": "Read the whole thread as one page.",
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {"src": static(f"{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in icons
        ],
        "share_target": {
            "action": "/unroll",
            "method": "GET",
            "params": {"url": "url", "text": "text", "title": "title"},
        },
        "shortcuts": [
            {"name": "Library", "url": "/library"},
            {"name": "My Authors", "url": "/my-authors"},
            {"name": "Search", "url": "/search"},
        ],
    }
    return JsonResponse(described, content_type="application/manifest+json")
