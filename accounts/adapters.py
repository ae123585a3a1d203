"""Where allauth asks us: how mail goes out, what signing in means here, and what things are called."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import browsers, freshness, mail, sealing, security
from accounts.actions import addresses, newcomers, sessions
from accounts.heard import way_in
from accounts.models import User
from accounts.security import Event
from accounts.visitors import client_address

SAME_LETTER = {"email_confirmation_signup": "email_confirmation", "password_set": "password_changed"}
"""allauth tells these apart; their reader need not."""
SECOND_FACTORS = b"accounts: second factors"
SECOND_FACTOR = "allauth.mfa.stages.AuthenticateStage"
TOO_OFTEN = frozenset({"rate_limited", "too_many_login_attempts"})


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in by code, password or passkey."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "duplicate_email": "This is your address already.",
        "email_password_mismatch": "Address and password do not match. You can sign in with a code instead.",
        "email_taken": "This address belongs to another account. Sign in with it to use that one.",
        "former_address": "This account has another address now. Please sign in with that one.",
        "incorrect_code": "That is not the code. Only the one in the newest mail counts.",
        "rate_limited": "That was a bit fast. Please wait a few seconds and try again.",
        "too_many_login_attempts": "Too many tries. Please wait a few minutes and start again.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail of allauth's is a letter of ours, named by the last part of its template."""
        name = template_prefix.rpartition("/")[2]
        about = {key: value for key, value in context.items() if key != "request"}
        mail.send(SAME_LETTER.get(name, name), email, {**about, "email": email, "browser": self._browser()})

    def send_account_already_exists_mail(self, email: str) -> None:
        """Without allauth's links: ours has no page for a forgotten password."""
        self.send_mail("account/email/account_already_exists", email, {})

    def get_client_ip(self, request: HttpRequest) -> str:
        """As the rest of the site sees it; an IPv6 visitor is the first address of their /64, nonsense is `::`."""
        address = client_address(request).partition("/")[0]
        try:
            return str(ip_address(address))
        except ValueError:
            return "::"

    def is_safe_url(self, url: str) -> bool:
        """After signing in one comes back to this host, and to no other."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def is_reauthentication_required(self, *, app: str, **_: Any) -> bool:
        """Not allauth's way, which knows no codes: accounts/freshness.py guards these pages."""
        return False

    def validation_error(self, code: str, *args: object) -> ValidationError:
        """What a form is told; that somebody tries too often is written down besides."""
        if code in TOO_OFTEN:
            security.note(Event.LIMIT_HIT, context.request.user.pk, limit="sign-in")
        error: ValidationError = super().validation_error(code, *args)
        return error

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password. Who has the address is looked up whether anybody has it or not: both take as long."""
        address = str(credentials.get("email", "")).lower()
        person = User.objects.filter(email=address).values_list("pk", flat=True).first()
        security.note(Event.SIGN_IN_FAILED, person, way="password", why="wrong-password")

    def get_login_stages(self) -> list[str]:
        """A passkey is a way in, never a second lock: whoever loses it still has their mail."""
        return [stage for stage in super().get_login_stages() if stage != SECOND_FACTOR]

    def pre_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse | None:
        """Called when a way in has been proved, before the session is anybody's.

        A code or a password may come with an address that was the account's when it was asked for, and was replaced
        since: whoever reads that mailbox must not come in by it.
        """
        way, email = way_in(request, user), login.get("email")
        if email and email.lower() != user.email.lower():
            clear_login(request)
            security.note(Event.SIGN_IN_FAILED, user.pk, way=way, why="former-address")
            messages.error(request, self.error_messages["former_address"])
            return redirect("account_login")
        records = get_authentication_records(request, user)
        proved = {(each["provider"], each["uid"]) for each in records if each["method"] == "socialaccount"}
        newcomers.admit(user, proved=proved)
        refusal: HttpResponse | None = super().pre_login(request, user, **login)
        if refusal is not None:
            security.note(Event.SIGN_IN_FAILED, user.pk, way=way, why="account-closed")
        return refusal

    def login(self, request: HttpRequest, user: User) -> None:
        """Under a new key (Django's own doing), and for so many days however busy the session is."""
        super().login(request, user)
        sessions.limit(request.session)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        before = email_address.user.email
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            addresses.start_afresh(email_address.user, before=before)
        return confirmed

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """After a change of address: to the page that shows it."""
        return reverse("account_email")

    def _browser(self) -> str:
        return browsers.named(self.request.headers.get("User-Agent", ""))


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in by way of a network."""

    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "connected_other": "That account signs in to another account here. Disconnect it there first.",
    }

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """A new way in is added by somebody who signed in lately, like all the others.

        Whoever comes to sign in has given up waiting for a code, and whoever named an address before and did not prove
        it is asked for one again. So coming back looks the same whether the address had an account or not, and a
        mistyped one binds nobody.
        """
        if sociallogin.state.get("process") == AuthProcess.CONNECT and not freshness.is_fresh(request):
            raise ImmediateHttpResponse(freshness.ask_again(request, reverse("socialaccount_connections")))
        if not request.user.is_authenticated:
            clear_login(request)
        if sociallogin.is_existing and newcomers.drop_unproved(sociallogin.user):
            sociallogin.account.pk = None
            sociallogin.user = User(name=sociallogin.user.name)

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, **_: Any) -> None:
        """A network did not vouch for somebody, or they changed their mind there."""
        why = "cancelled" if error == AuthError.CANCELLED else "not-vouched-for"
        security.note(Event.SIGN_IN_FAILED, request.user.pk, way=provider.id, why=why)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """The name they have there, to begin with."""
        user: User = super().populate_user(request, sociallogin, data)
        user.name = data["name"]
        return user


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Passkeys belong to the host of SITE_URL, whatever name a request came by."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That passkey was not accepted. Please try again, or use a code.",
        "wrong_code": "That is not the code, or it was used before. Wait for the next one.",
        "unreadable": "This site has another SECRET_KEY now and cannot check codes. Use a passkey, or the console.",
        "unverified_email": "Please confirm your e-mail address first.",
    }

    def encrypt(self, text: str) -> str:
        """What apps and recovery codes are made of does not lie readable in the database, or in a backup of it."""
        return sealing.seal(text, SECOND_FACTORS)

    def decrypt(self, encrypted_text: str) -> str:
        """Raises sealing.Unreadable."""
        return sealing.unseal(encrypted_text, SECOND_FACTORS)

    def get_totp_issuer(self) -> str:
        return str(settings.SITE_NAME)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": settings.SITE_NAME}

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002  # allauth's name
        """The browser it is made with, to begin with."""
        return browsers.named(context.request.headers.get("User-Agent", ""))
