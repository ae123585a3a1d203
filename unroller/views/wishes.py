"""What somebody wanted to do before they signed in: kept in their session, done once they are.

A kind of wish is one function here and one line in `WAYS`. It does the thing and answers what to say about it; when it
cannot be done it raises Refused.
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.models import User
from billing.entitlements import plan_for
from unroller.actions import follows, library
from unroller.actions.follows import CannotFollow
from unroller.actions.library import CannotSave
from unroller.actions.refusals import Refused
from unroller.belongings import wants_mail
from unroller.models import Author, Cadence, Follow, Thread
from unroller.templatetags.threads import plain_name
from unroller.views.people import person
from unroller.views.unroll import see_other

KEY = "wish"
MOST_PATH = 1_000
"""Characters of an address to come back to."""
GOOD_FOR = timedelta(hours=1)
"""A browser may be shared: what somebody wanted must not happen to whoever signs in there another day."""
SAVED = "Saved to your library."


def keep(request: HttpRequest, kind: str, what: str, *, back: str, **details: str) -> HttpResponse:
    """Remember a guest's wish and ask them to sign in; `kind` is one of WAYS."""
    request.session[KEY] = {kind: what, "back": back, "at": time.time(), **details}
    return see_other(f"{resolve_url('account_login')}?{urlencode({'next': reverse('wish')})}")


@never_cache
@login_required
@require_GET
def wish(request: HttpRequest) -> HttpResponse:
    """`GET /wish`: do what was wanted before signing in, say so, and go back to where that was."""
    wanted = _taken(request)
    for kind, grant in WAYS.items():
        if kind in wanted:
            try:
                messages.success(request, grant(person(request), wanted))
            except Refused as error:
                messages.error(request, error.sentence)
    return see_other(local(wanted.get("back", ""), otherwise=reverse("my-authors")))


def local(address: str, *, otherwise: str) -> str:
    """An address to go back to, if it is a path of this site; it comes from a form, so it may be anything."""
    is_ours = address.startswith("/") and len(address) <= MOST_PATH
    return address if is_ours and url_has_allowed_host_and_scheme(address, None) else otherwise


def followed(row: Follow, wanted: Cadence) -> str:
    """What a reader is told once they follow somebody."""
    way = told(row.user, Cadence(row.cadence), wanted)
    if row.user.mail_stopped or not wants_mail(row.user):
        way = "Mail about new threads is switched off in your account, so they are listed in My Authors only."
    return f"You follow {plain_name(row.author)} now. {way}"


def told(user: User, got: Cadence, wanted: Cadence) -> str:
    """How a reader will hear of new threads, and why not as they wished."""
    if got == Cadence.HERE:
        return "New threads are listed in My Authors; you get no mail."
    sentence = f"New threads come by e-mail {got.label}."
    is_denied = follows.allowed(wanted, plan_for(user)) != wanted
    return f"{sentence} Being told at once is part of premium." if is_denied else sentence


def _taken(request: HttpRequest) -> Mapping[str, str]:
    """The wish, out of the session; nothing when there is none, or when it is too old to be this person's for sure."""
    wanted = request.session.pop(KEY, None) or {}
    return wanted if time.time() - wanted.pop("at", 0) < GOOD_FOR.total_seconds() else {}


def _follow(user: User, wanted: Mapping[str, str]) -> str:
    author = Author.objects.filter(id=wanted["follow"]).first()
    if author is None:
        raise CannotFollow("This author is no longer here.")
    cadence = Cadence(wanted["cadence"])
    return followed(follows.follow(user, author, cadence), cadence)


def _save(user: User, wanted: Mapping[str, str]) -> str:
    thread = Thread.objects.filter(id=wanted["save"], removed="").first()
    if thread is None:
        raise CannotSave("This thread is no longer here.")
    library.save(user, thread)
    return SAVED


WAYS: dict[str, Callable[[User, Mapping[str, str]], str]] = {"follow": _follow, "save": _save}
