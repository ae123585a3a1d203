"""Doors of signing in that allauth does not have, or has in another shape."""

from typing import Any, cast

from allauth.account import views as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification import consume_email_verification_rate_limit
from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import EmailVerificationStage, LoginStage, LoginStageController
from allauth.decorators import rate_limit
from allauth.mfa.webauthn import views as passkeys
from allauth.mfa.webauthn.internal import auth
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.views import ConnectionsView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts import browsers
from accounts.actions import sessions
from accounts.forms import PasswordForm
from accounts.models import User
from accounts.second_factor import guards_itself, is_confirmed
from accounts.x.identity import identity_in


class SignIn(account.RequestLoginCodeView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/login/`: an address, and all other ways."""

    template_name = "account/login.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponse:
        """Whoever waits for a code is led to where it is typed, and from there to where they want to go now."""
        waiting = super()._redirect_to_pending_stage(request, stage)
        return redirect(self.passthrough_next_url(waiting.url))


class PasswordSignIn(account.LoginView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/login/password/`."""

    template_name = "account/login_password.html"

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        """Whoever comes here has given up waiting for a code."""
        clear_login(request)


@method_decorator([guards_itself, rate_limit(action="change_password")], name="dispatch")
class Password(account.PasswordSetView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/password/`: the first one or another one. Having signed in lately stands for the old one."""

    @method_decorator(sensitive_post_parameters("password1", "password2"))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase = super(account.PasswordSetView, self).dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: PasswordForm) -> HttpResponse:
        """Other browsers are signed out already, by the password they knew; here their sessions go, too."""
        answer: HttpResponse = super().form_valid(form)
        sessions.end_others(form.user, but=self.request.session.session_key)
        return answer


@method_decorator(never_cache, name="dispatch")
class AddressCode(account.ConfirmEmailVerificationCodeView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/email/code/`: proves an address, new here or new to an account."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A guest who waits for no code is sent away; allauth lets one stay whose address was taken, which tells it."""
        if request.user.is_anonymous and LoginStageController.enter(request, EmailVerificationStage.key) is None:
            return redirect("account_login")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def _resend_form_valid(self, form: Form) -> HttpResponse:
        """Too soon for another code: the page says so, and the one that was mailed still counts."""
        if not consume_email_verification_rate_limit(self.request, self._process.email, dry_run=True):
            messages.error(self.request, get_adapter().error_messages["rate_limited"])
            return redirect(self.passthrough_next_url(self.request.path))
        answer: HttpResponse = super()._resend_form_valid(form)
        return answer


@method_decorator(guards_itself, name="dispatch")
class AddPasskey(passkeys.AddWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/passkeys/add/`: one that signs in by itself, so the browser is asked for no other kind."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["options"] = auth.begin_registration(self.request.user, passwordless=True)
        return context

    def get_success_url(self) -> str:
        """An operator who came for the admin's sake goes on there."""
        asks = cast("User", self.request.user).is_staff and not is_confirmed(self.request)
        return reverse("second_factor") if asks else super().get_success_url()


@method_decorator(guards_itself, name="dispatch")
class RemovePasskey(passkeys.RemoveWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/passkeys/<pk>/remove/`: whoever came in with it elsewhere is signed out there."""

    def form_valid(self, form: Form) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        sessions.end_others(cast("User", self.request.user), but=self.request.session.session_key or "")
        return answer


@method_decorator(never_cache, name="dispatch")
class Sessions(ListUserSessionsView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/sessions/`: the newest first, this one before all."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One query, where allauth's own way takes three for each session."""
        context: dict[str, Any] = super(ListUserSessionsView, self).get_context_data(**kwargs)
        found = list(sessions.live(cast("User", self.request.user)))
        for session in found:
            session.browser = browsers.named(session.user_agent)
        found.sort(key=lambda session: (session.is_current(), session.created_at), reverse=True)
        return context | {"sessions": found, "session_count": len(found)}


class Connections(ConnectionsView):  # type: ignore[misc]  # allauth has no types
    """`/accounts/connections/`: there where a network is set up, or was."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        accounts = list(context["form"].accounts)
        for each in accounts:
            each.identity = identity_in(each)  # allauth's own way needs the keys, which may be gone from the settings
        connected = {account.provider for account in accounts}
        providers = get_social_adapter().list_providers(self.request)
        if not (accounts or providers):
            raise Http404("no network to sign in with")
        return context | {"accounts": accounts, "missing": [each for each in providers if each.id not in connected]}


@require_safe
def sign_up(request: HttpRequest) -> HttpResponse:
    """`/accounts/signup/`: there is one form for everybody."""
    query = request.GET.urlencode()
    return redirect(f"{reverse('account_login')}{'?' if query else ''}{query}")


@never_cache
@require_safe
@login_required
def sign_in_again(request: HttpRequest) -> HttpResponse:
    """`/accounts/again/?next=`: why a page asks for a new sign-in."""
    return render(request, "account/sign_in_again.html", {"next": request.GET.get("next", "")})


@require_POST
@login_required
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """`POST /accounts/sessions/<id>/end/`."""
    sessions.end(get_object_or_404(UserSession, pk=session_id, user=request.user))
    messages.success(request, "That browser is signed out.")
    return redirect("usersessions_list")
