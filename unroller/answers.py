"""What every answer says about itself to a browser, and short answers that say it before Django wakes up."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
POLICY = "Content-Security-Policy"
DENIED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "geolocation"),
    *("gyroscope", "hid", "identity-credentials-get", "idle-detection", "local-fonts", "magnetometer", "microphone"),
    *("midi", "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
"""What no page of ours asks a browser for, so no script that got into one can."""
PERMISSIONS = ", ".join(f"{name}=()" for name in DENIED)
NOTHING = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of what is no page: a sentence, or a file of strangers that we hand on. Opened by itself a file is a
picture or a film, and never a page."""


def short(
    environ: Environ,
    start_response: StartResponse,
    status: HTTPStatus,
    sentence: bytes,
    *more: tuple[str, str],
) -> Iterable[bytes]:
    """Answer with a sentence that nobody keeps, and with `more` headers."""
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(sentence))),
        ("Cache-Control", "no-store"),
        (POLICY, NOTHING),
        ("Permissions-Policy", PERMISSIONS),
        ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        *more,
    ]
    if settings.SECURE_HSTS_SECONDS and environ.get("wsgi.url_scheme") == "https":
        headers.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    start_response(f"{status.value} {status.phrase}", headers)
    return [sentence]
