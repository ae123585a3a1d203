"""For authors: the profiles they proved, those they are about to prove, and what they decide about their threads."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.x.identity import identity
from unroller import access, published
from unroller import profiles as reads
from unroller.actions import opting_out, profiles, proving
from unroller.core.errors import UnrollError
from unroller.models import Claim, Profile
from unroller.views.people import person
from unroller.views.unroll import see_other

ON_A_PAGE = 50


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """`GET /profiles`; `POST` (field `who`: a handle or a profile link, or `do=sign-in`): 303 to the claim, or to the
    profile of the X account that the reader signs in with."""
    user, who, error, status = person(request), request.POST.get("who", "").strip()[:2000], "", HTTPStatus.OK
    if request.POST.get("do") == "sign-in" and (found := proving.by_sign_in(user)):
        return see_other(reverse("profile", args=[found.pk]))
    if request.method == "POST":
        try:
            return see_other(reverse("claim", args=[proving.claim(user, who).pk]))
        except UnrollError as refused:
            error, status = refused.for_reader, _status(refused)
    context = {"profiles": list(reads.profiles(user)), "claims": list(reads.claims(user)), "x": identity(user)}
    return render(request, "profiles/profiles.html", context | {"who": who, "error": error}, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, claim_id: UUID) -> HttpResponse:
    """`GET /profiles/claims/<id>`: the code, and how far it is; `POST` (field `do`: `look` with `post`, `give-up`)."""
    user = person(request)
    row, error, status = access.claim(user, claim_id), "", HTTPStatus.OK
    if request.method == "POST" and request.POST.get("do") == "give-up":
        proving.give_up(row)
        return see_other(reverse("profiles"))
    if request.method == "POST":
        try:
            proving.look(row, request.POST.get("post", "").strip())
            return see_other(request.path)
        except UnrollError as refused:
            error, status = refused.for_reader, _status(refused)
    if row.state == Claim.State.PROVED and row.author_id:
        found = reads.profiles(user).filter(author=row.author_id).first()
        return see_other(reverse("profile", args=[found.pk]) if found else reverse("profiles"))
    context = {"claim": row, "error": error or row.sentence, "post": request.POST.get("post", row.post_link)}
    return render(request, "profiles/claim.html", context, status=status)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, profile_id: int) -> HttpResponse:
    """`GET /profiles/<id>?page=`: all threads and their readers; `POST` (field `do`) decides about them."""
    row = access.profile(person(request), profile_id)
    if request.method == "POST":
        return _decided(request, row)
    page = Paginator(reads.threads(row), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"profile": row, "author": row.author, "page": page}
    rows = published.rows(row.user, page.object_list)
    return render(request, "profiles/profile.html", context | {"rows": rows})


def _decided(request: HttpRequest, row: Profile) -> HttpResponse:
    deed, number = request.POST.get("do", ""), request.POST.get("thread", "")
    named = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 0
    thread_id = reads.threads(row).filter(id=named).values_list("id", flat=True).first() or 0
    if deed == "let-go":
        profiles.let_go(row)
        return see_other(reverse("profiles"))
    if deed in {"support-on", "support-off"}:
        profiles.show_support(row.author, wanted=deed == "support-on")
        messages.success(request, "Saved.")
    elif deed == "take-away" and profiles.take_away(row.author, thread_id):
        messages.success(request, "The thread is gone from this site. Nobody’s link brings it back.")
    elif deed == "allow" and profiles.allow_again(row.author, thread_id):
        messages.success(request, "The thread may be here again: the next link unrolls it anew.")
    elif deed == "opt-out" and request.POST.get("sure"):
        opting_out.opt_out(row.author)
        messages.success(request, "Nothing of yours is shown here any more. We keep your refusal, and nothing else.")
    elif deed == "opt-out":
        messages.error(request, "Please tick the box first: everything of yours here is deleted.")
    elif deed == "opt-in":
        opting_out.opt_in(row.author)
        messages.success(request, "Your threads may be unrolled again. Nothing comes back by itself.")
    return see_other(reverse("profile", args=[row.pk]))


def _status(refused: UnrollError) -> HTTPStatus:
    is_much = isinstance(refused, proving.TooMany)
    return HTTPStatus.TOO_MANY_REQUESTS if is_much else HTTPStatus.UNPROCESSABLE_ENTITY
