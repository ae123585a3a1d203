"""A reader's own feed: what is new of all authors they follow, behind a secret address that needs no sign-in."""

import hashlib
from uuid import UUID, uuid5

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from unroller import access, my_authors
from unroller.models import Thread
from unroller.views import feeds

IN_A_FEED = 50


@require_safe
def personal_feed(request: HttpRequest, token: UUID) -> HttpResponse:
    """`GET /feed/<token>`: Atom, the newest threads first. Words are only read when something has changed."""
    rows = list(my_authors.news(access.reader(token).user, IN_A_FEED))
    etag = _etag(token, rows)
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(_atom(token, my_authors.with_words(rows)), content_type=feeds.TYPE)
        response["ETag"] = etag
    patch_cache_control(response, private=True, max_age=300)
    response["X-Robots-Tag"] = "noindex"
    return response


def _atom(token: UUID, rows: list[Thread]) -> str:
    address = settings.SITE_URL + reverse("personal-feed", args=[token])
    feed = Atom1Feed(
        title=f"My Authors on {settings.SITE_NAME}",
        link=settings.SITE_URL + reverse("my-authors"),
        description="",
        feed_url=address,
        feed_guid=f"urn:uuid:{uuid5(token, 'feed')}",  # readers pass ids on; the address is a secret
    )
    return feeds.written(feed, rows)


def _etag(token: UUID, rows: list[Thread]) -> str:
    shown = " ".join(f"{row.id}.{row.version}" for row in rows)
    return f'"{hashlib.sha256(f"{settings.SITE_URL} {token} {shown}".encode()).hexdigest()[:32]}"'
