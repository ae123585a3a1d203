"""Ending mail about new threads, with nothing but the address that stands in each of them (RFC 8058)."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import User
from unroller import belongings, queries
from unroller.actions import follows, readers
from unroller.models import Cadence, Follow


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: UUID) -> HttpResponse:
    """`/mail/stop/<token>`: GET asks, since mail servers follow links; POST does it at once and says so.

    Field `do`: `author`, `all`, or `again`. The button of a mail program sends none and means what the mail was about.
    A token that leads nowhere has nothing left to stop, which is what its owner wanted.
    """
    follow = queries.follow_by_mail_token(token)
    user = follow.user if follow else queries.user_by_mail_token(token)
    if user is None:
        return render(request, "people/unsubscribe_gone.html")
    if request.method == "POST":
        _change(user, follow, wish=request.POST.get("do", ""), cadence=request.POST.get("cadence", ""))
    now = queries.follow_by_mail_token(token)
    context = {
        "author": now.author if now else None,
        "stopped": not belongings.wants_mail(user),
        "stopped_author": now is not None and now.cadence == Cadence.HERE,
        "before": follow.cadence if follow else "",
    }
    return render(request, "people/unsubscribe.html", context)


def _change(user: User, follow: Follow | None, *, wish: str, cadence: str) -> None:
    if wish == "again" and not belongings.wants_mail(user):
        readers.switch_mail(user, off=False)
    elif wish == "again" and follow is not None:
        known = cadence in Cadence.values and cadence != Cadence.HERE
        follows.set_cadence(follow, Cadence(cadence) if known else Cadence.DAILY)
    elif wish == "all" or follow is None:
        readers.switch_mail(user, off=True)
    else:
        follows.set_cadence(follow, Cadence.HERE)
