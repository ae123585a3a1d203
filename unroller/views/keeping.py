"""Switches of the archive: whether copies of one saved thread are kept, and whether an author's new threads are."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import access
from unroller.actions import keeping
from unroller.views import wishes
from unroller.views.my_authors import own
from unroller.views.people import person
from unroller.views.unroll import see_other

KEPT = "Its pictures and videos are being copied to this site for you."
LET_GO = "Its pictures and videos are no longer kept for you. The thread stays in your library."
NO_ROOM = "There is no room left for its pictures and videos. Let go of those of another thread first."


@never_cache
@require_POST
def copies(request: HttpRequest, saved_id: int) -> HttpResponse:
    """`POST /library/<id>/keep` (fields `keep`: 1 or nothing, `back`): keep the media of a saved thread, or let go."""
    page = reverse("saved", args=[saved_id])
    if not request.user.is_authenticated:
        return see_other(f"{resolve_url(settings.LOGIN_URL)}?next={page}")
    row = access.saved(person(request), saved_id)
    back = wishes.local(request.POST.get("back", ""), otherwise=page)
    if not request.POST.get("keep"):
        keeping.let_go(row)
        messages.success(request, LET_GO)
        return see_other(back)
    if not plan_for(row.user).allows(Feature.KEPT_MEDIA):
        return offer(request, Feature.KEPT_MEDIA, back=back)
    if keeping.keep(row):
        messages.success(request, KEPT)
    else:
        messages.error(request, NO_ROOM)
    return see_other(back)


@own
def new_threads(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/keep` (fields `author`, `keep`: 1 or nothing, `back`): save an author's new threads."""
    row = access.follow(person(request), request.POST.get("author", ""))
    back = wishes.local(request.POST.get("back", ""), otherwise=reverse("my-authors"))
    wanted = bool(request.POST.get("keep"))
    if wanted and not plan_for(row.user).allows(Feature.KEPT_MEDIA):
        return offer(request, Feature.KEPT_MEDIA, back=back)
    keeping.keep_new_threads(row, wanted=wanted)
    words = "are saved in your library" if wanted else "are no longer saved by themselves"
    messages.success(request, f"New threads by @{row.author.handle} {words}.")
    return see_other(back)
