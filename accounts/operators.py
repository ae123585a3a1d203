"""`/accounts/second-factor/…`: where operators hang a second lock before the admin, and open it."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import flows
from allauth.mfa.webauthn.internal import auth
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import browsers
from accounts.actions import locks, sessions
from accounts.forms import AppForm, OperatorCodeForm, ProvePasskeyForm
from accounts.models import User
from accounts.second_factor import guards_itself, has_one, is_confirmed

View = Callable[..., HttpResponseBase]
Kind = Authenticator.Type


def operators_only(view: View) -> View:
    """404 for readers: for them there is nothing to lock here."""

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.is_staff:
            raise Http404("for operators")
        return view(request, *args, **kwargs)

    return wrapped


@sensitive_post_parameters("code", "credential")
@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
@login_required
def confirm(request: HttpRequest) -> HttpResponse:
    """`/accounts/second-factor/?next=`: opens the admin, or says how to get a lock."""
    user, onwards = cast("User", request.user), _onwards(request)
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if is_confirmed(request) or not has_one(user):
        context = {"kinds": kinds, "next": onwards, "is_open": is_confirmed(request)}
        return render(request, "mfa/operators/locks.html", context)
    form: OperatorCodeForm | ProvePasskeyForm = OperatorCodeForm(user=user)
    if request.method == "POST":
        asked = ProvePasskeyForm if "credential" in request.POST else OperatorCodeForm
        form = asked(user=user, data=request.POST)
        if form.is_valid():
            form.save()
            locks.renew(request.session)
            return redirect(onwards)
    context = {"form": form, "code": OperatorCodeForm(user=user), "next": onwards}
    context |= {"has_code": bool(kinds - {Kind.WEBAUTHN}), "has_passkey": Kind.WEBAUTHN in kinds}
    if Kind.WEBAUTHN in kinds:
        context["options"] = auth.begin_authentication(user)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "mfa/operators/confirm.html", context, status=status)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
@guards_itself
def set_up_app(request: HttpRequest) -> HttpResponse:
    """`/accounts/second-factor/app/`: an authenticator app; its first code opens the admin at once."""
    user = cast("User", request.user)
    if Authenticator.objects.filter(user=user, type=Kind.TOTP).exists():
        return redirect("second_factor_app_remove")
    form = AppForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        app, _ = flows.activate_totp(request, form)
        locks.use_once(app, form.cleaned_data["code"])
        post_authentication(request, app, reauthenticated=True)
        locks.renew(request.session)
        return render(request, "mfa/operators/codes.html", {"codes": locks.first_recovery_codes(user)})
    address = get_mfa_adapter().build_totp_url(user, form.secret)
    drawn = get_mfa_adapter().build_totp_svg(address).partition("?>")[2]
    picture = mark_safe(drawn)  # noqa: S308  # nosec B308, B703  # of squares alone
    context = {"form": form, "secret": form.secret, "address": address, "drawn": picture}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "mfa/operators/app.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
@guards_itself
def remove_app(request: HttpRequest) -> HttpResponse:
    """`/accounts/second-factor/app/remove/`: another telephone, or none. What it opened elsewhere is closed."""
    user = cast("User", request.user)
    app = get_object_or_404(Authenticator, user=user, type=Kind.TOTP)
    if request.method == "POST":
        flows.deactivate_totp(request, app)
        sessions.end_others(user, but=request.session.session_key or "")
        return redirect("second_factor")
    return render(request, "mfa/operators/remove.html")


@require_http_methods(["GET", "HEAD", "POST"])
@operators_only
@guards_itself
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """`/accounts/second-factor/codes/`: new ones; they are shown once."""
    user = cast("User", request.user)
    if not is_confirmed(request):
        return redirect("second_factor")
    browser = browsers.named(request.headers.get("User-Agent", ""))
    codes = locks.new_recovery_codes(user, browser=browser) if request.method == "POST" else []
    return render(request, "mfa/operators/codes.html", {"codes": codes})


def _onwards(request: HttpRequest) -> str:
    """Where the operator wants to go: within this site, to the admin if nothing else was said."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if wanted and get_adapter().is_safe_url(wanted) else reverse("admin:index")
