"""Following an author: the preview before it counts, and finding somebody by handle or profile link."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from billing.entitlements import plan_for
from billing.plans import Plan
from unroller import access, my_authors, queries
from unroller.actions import follows, lookups
from unroller.actions.follows import CannotFollow
from unroller.belongings import wants_mail
from unroller.core.errors import UnrollError
from unroller.forms.following import FollowForm
from unroller.models import Author, Cadence, Lookup
from unroller.templatetags.threads import plain_name
from unroller.views import wishes
from unroller.views.people import person
from unroller.views.unroll import see_other

NEWEST = 3


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest, source: str, handle: str) -> HttpResponse:
    """`GET /author/<source>/<handle>/follow`: who that is; `POST` (fields `cadence`, `back`) follows, 303 to `back`.

    A guest's wish is kept until they have signed in.
    """
    author = access.author(source, handle)
    fields = request.POST if request.method == "POST" else request.GET
    back = wishes.local(fields.get("back", ""), otherwise=reverse("my-authors"))
    if request.method != "POST":
        return preview(request, author, back=back)
    cadence = FollowForm(request.POST).cadence_or(usual(plan_for(request.user)))
    if not request.user.is_authenticated:
        messages.info(request, f"Sign in, and you follow {plain_name(author)}.")
        return wishes.keep(request, "follow", str(author.id), back=back, cadence=cadence)
    try:
        row = follows.follow(person(request), author, cadence)
    except CannotFollow as error:
        return preview(request, author, back=back, error=error.sentence, status=HTTPStatus.CONFLICT)
    messages.success(request, wishes.followed(row, cadence))
    return see_other(back)


def preview(
    request: HttpRequest, author: Author, *, back: str, error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The page that shows an author before they are followed, and what is set when they are."""
    user = request.user
    row = queries.follow(user, author) if user.is_authenticated else None
    plan = plan_for(user)
    threads = queries.by_author(author)
    context = {
        "author": author,
        "follow": row,
        "thread_count": threads.count(),
        "threads": list(threads[:NEWEST]),
        "cadences": cadences(plan, Cadence(row.cadence) if row else usual(plan)),
        "mail_off": user.is_authenticated and not wants_mail(user),
        "back": back,
        "error": error or ("" if row else my_authors.left_alone(author)),
        "can_follow": not my_authors.left_alone(author),
    }
    return render(request, "people/follow.html", context, status=status)


def usual(plan: Plan) -> Cadence:
    """How somebody is told who did not say."""
    return follows.allowed(Cadence.INSTANT, plan)


def cadences(plan: Plan, chosen: Cadence) -> list[dict[str, object]]:
    """The choices of a form; `premium` marks what the plan does not have."""
    return [
        {
            "value": cadence.value,
            "label": cadence.label,
            "chosen": cadence == chosen,
            "premium": follows.allowed(cadence, plan) != cadence,
        }
        for cadence in Cadence
    ]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """`GET /my-authors/find`: the form; `POST` (field `who`: a handle or a profile link): 303 to what is found."""
    who = request.POST.get("who", "").strip()[:2000]
    if request.method != "POST":
        return render(request, "people/find.html", {"who": ""})
    try:
        lookup = lookups.ask(person(request), who)
    except UnrollError as error:
        is_much = isinstance(error, lookups.TooMany)
        status = HTTPStatus.TOO_MANY_REQUESTS if is_much else HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "people/find.html", {"who": who, "error": error.for_reader}, status=status)
    return see_other(reverse("lookup", args=[lookup.id]))


@never_cache
@login_required
@require_safe
def lookup(request: HttpRequest, lookup_id: UUID) -> HttpResponse:
    """`GET /my-authors/find/<lookup>`: who that is, as soon as a worker knows. htmx gets the moving part only."""
    found = access.lookup(person(request), lookup_id)
    waiting = found.state == Lookup.State.QUEUED
    if getattr(request, "htmx", False):
        return render(request, "people/_finding.html", {"lookup": found}) if waiting else HttpResponseClientRefresh()
    if found.author is not None and found.state == Lookup.State.DONE:
        return preview(request, found.author, back=reverse("my-authors"))
    return render(request, "people/find.html", {"lookup": found, "who": found.text, "error": found.sentence})
