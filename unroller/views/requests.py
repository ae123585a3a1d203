"""My requests: what a reader asked to have unrolled, by links and by mentioning the bot."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from unroller import access, asked
from unroller.actions import requests as asking
from unroller.actions.bot import silence
from unroller.actions.refusals import Refused
from unroller.models import Mention
from unroller.views.people import person
from unroller.views.unroll import see_other

ON_A_PAGE = 50
FORGOTTEN = "It is no longer in your list."
ALL_FORGOTTEN = "Your list is empty now."


@never_cache
@login_required
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """`GET /requests?page=`: the newest first."""
    user = person(request)
    page = Paginator(asked.listed(user), ON_A_PAGE).get_page(request.GET.get("page"))
    rows = asked.entries(page.object_list)
    told = [(entry, silence.sentence(entry.row) if isinstance(entry.row, Mention) else "") for entry in rows]
    return render(request, "people/requests.html", {"page": page, "rows": told})


@never_cache
@login_required
@require_POST
def forget_link(request: HttpRequest, request_id: int) -> HttpResponse:
    """`POST /requests/<id>/forget`"""
    asking.forget(access.request(person(request), request_id))
    messages.success(request, FORGOTTEN)
    return see_other(reverse("requests"))


@never_cache
@login_required
@require_POST
def forget_mention(request: HttpRequest, mention_id: UUID) -> HttpResponse:
    """`POST /requests/mentions/<id>/forget`"""
    return _done(request, lambda: asking.forget(access.mention(person(request), mention_id)), FORGOTTEN)


@never_cache
@login_required
@require_POST
def forget_all(request: HttpRequest) -> HttpResponse:
    """`POST /requests/forget`"""
    return _done(request, lambda: asking.forget_all(person(request)), ALL_FORGOTTEN)


def _done(request: HttpRequest, deed: Callable[[], None], told: str) -> HttpResponse:
    try:
        deed()
    except Refused as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, told)
    return see_other(reverse("requests"))
