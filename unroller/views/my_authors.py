"""My Authors: whom a reader follows, their newest threads, how they are told."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from billing.entitlements import plan_for
from billing.plans import Limit
from unroller import access, my_authors, queries
from unroller.actions import follows
from unroller.belongings import wants_mail
from unroller.forms.following import FollowForm, SiftForm
from unroller.models import Cadence, Lookup
from unroller.views import wishes
from unroller.views.follow import cadences
from unroller.views.people import person
from unroller.views.unroll import see_other

ON_A_PAGE = 50


@never_cache
@login_required
@require_safe
def followed(request: HttpRequest) -> HttpResponse:
    """`GET /my-authors?q=&unread=&page=`: the list, the author with the newest thread first."""
    user = person(request)
    plan = plan_for(user)
    sift = SiftForm(request.GET)
    name = sift.cleaned_data["q"].strip().lstrip("@") if sift.is_valid() else ""
    unread_only = sift.is_valid() and sift.cleaned_data["unread"]
    found = my_authors.followed(user, name=name, unread_only=unread_only)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": my_authors.rows(user, list(page.object_list)),
        "count": queries.follow_count(user),
        "most": plan.limit(Limit.AUTHORS),
        "unread": queries.unread_count(user),
        "q": name,
        "unread_only": unread_only,
        "cadences": cadences(plan, Cadence.DAILY),
        "feed": feed_address(request),
        "mail_off": not wants_mail(user),
        "looking_up": my_authors.imported(user).filter(state=Lookup.State.QUEUED).count(),
    }
    return render(request, "people/my_authors.html", context)


def feed_address(request: HttpRequest) -> str:
    """The reader's own feed, for their feed reader."""
    token = follows.reader(person(request)).feed_token
    return settings.SITE_URL + reverse("personal-feed", args=[token])


def own(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For forms of My Authors: a reader whose session is over signs in and comes back to the list."""

    @never_cache
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return see_other(f"{resolve_url(settings.LOGIN_URL)}?next={reverse('my-authors')}")
        return view(request)

    return guarded


@own
def cadence(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/cadence` (fields `author`, `cadence`, `back`). A script gets the sentence alone."""
    row = access.follow(person(request), request.POST.get("author", ""))
    wanted = FollowForm(request.POST).cadence_or(Cadence(row.cadence))
    got = follows.set_cadence(row, wanted)
    return _done(request, f"@{row.author.handle}: {wishes.told(row.user, got, wanted)}")


@own
def unfollow(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/unfollow` (fields `author`, `back`)."""
    row = access.follow(person(request), request.POST.get("author", ""))
    follows.unfollow(person(request), row.author)
    return _done(request, f"You no longer follow @{row.author.handle}.")


@own
def seen(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/seen` (fields `author`, empty for all, and `back`): mark as read."""
    author = request.POST.get("author", "")
    follows.mark_seen(person(request), access.follow(person(request), author).author if author else None)
    return _done(request, "Marked as read.")


@own
def renew_feed(request: HttpRequest) -> HttpResponse:
    """`POST /my-authors/feed`: a new secret address; the old one leads nowhere at once."""
    follows.renew_feed(person(request))
    return _done(request, "Your feed has a new address. The old one leads nowhere from now on.")


def _done(request: HttpRequest, sentence: str) -> HttpResponse:
    if request.headers.get("Accept") == "text/plain":
        return HttpResponse(sentence, content_type="text/plain; charset=utf-8")
    messages.success(request, sentence)
    return see_other(wishes.local(request.POST.get("back", ""), otherwise=reverse("my-authors")))
