"""Pages about the site itself: who makes it, what holds between it and its readers, what it knows of them, and what
authors may ask of it."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing import plans
from unroller import outages
from unroller.actions.compliance import PROMISED
from unroller.actions.unrolling import REFRESH_AGAIN
from unroller.views import facts

"""X's developer agreement; what the sweep of unroller.actions.compliance keeps."""


@require_safe
def story(request: HttpRequest) -> HttpResponse:
    """`GET /story`: who makes this and why, in the operator's own words where they wrote some."""
    paragraphs = [each.strip() for each in settings.STORY.replace("\r\n", "\n").split("\n\n") if each.strip()]
    return render(request, "about/story.html", {"paragraphs": paragraphs, "operator": settings.OPERATOR})


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """`GET /status`: which networks make readers wait."""
    return render(request, "about/status.html", {"outages": outages.outages()})


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """`GET /terms`."""
    return render(request, "about/terms.html", {"operator": settings.OPERATOR, "prices": plans.PRICES.values()})


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """`GET /privacy`."""
    context = {
        "operator": settings.OPERATOR,
        "kept": facts.KEPT.values(),
        "link_days": facts.PRIVATE_LINK_DAYS,
        "processors": facts.processors(),
        "has_x": bool(settings.X_CLIENT_ID),
    }
    return render(request, "about/privacy.html", context)


@require_safe
def authors_rights(request: HttpRequest) -> HttpResponse:
    """`GET /authors-rights`."""
    context = {
        "hours": PROMISED // timedelta(hours=1),
        "refresh_minutes": REFRESH_AGAIN // timedelta(minutes=1),
    }
    return render(request, "about/authors_rights.html", context)
