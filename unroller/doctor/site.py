"""The site as readers reach it: it answers at SITE_URL, and its certificate is good for a while."""

import socket
import ssl
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import certifi
import httpx
from django.conf import settings

from .finding import Finding, broken, in_words, ok, warning

_SECONDS = 10.0
LEAST_DAYS = 14


def answers() -> Iterator[Finding]:
    """`/healthz` at SITE_URL, asked from this machine."""
    url = f"{settings.SITE_URL}/healthz"
    try:
        answer = httpx.get(url, timeout=_SECONDS, headers={"User-Agent": settings.USER_AGENT}, trust_env=False)
    except httpx.HTTPError as error:
        mend = "See that web and proxy run, and that the name in SITE_URL leads to them, also from here."
        yield broken("site", f"{url}: {in_words(error)}", mend)
        return
    if answer.text != "ok":
        mend = "See which program listens there: SITE_URL or the proxy is wrong."
        yield broken("site", f"{url} answers {answer.status_code}, and not as we do", mend)
    else:
        yield ok("site", f"{settings.SITE_URL} answers")


def certificate() -> Iterator[Finding]:
    """How many days it is good for still; whether it is good at all `answers` says."""
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme != "https":
        return
    context = ssl.create_default_context(cafile=certifi.where())
    try:
        with (
            socket.create_connection((parts.hostname or "", parts.port or 443), timeout=_SECONDS) as line,
            context.wrap_socket(line, server_hostname=parts.hostname) as secured,
        ):
            until = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    except (OSError, ValueError) as error:
        yield broken("certificate", in_words(error), "Let the proxy get a new one.")
        return
    days = int((until - time.time()) / 86_400)
    sentence = f"good for {days} days"
    if days < LEAST_DAYS:
        yield warning("certificate", sentence, "See why the proxy does not renew it.")
    else:
        yield ok("certificate", sentence)


LOOKS = (answers, certificate)
