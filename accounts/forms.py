"""The forms of signing in: allauth's, in our words, and for newcomers the same as for everybody."""

import struct
from collections.abc import Callable
from typing import Any

from allauth.account import app_settings
from allauth.account import forms as account
from allauth.account.adapter import get_adapter
from allauth.account.fields import EmailField, PasswordField, SetPasswordField
from allauth.account.internal.stagekit import unstash_login
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base import forms as second
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as passkeys
from allauth.socialaccount import forms as social
from allauth.socialaccount.models import SocialApp
from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from accounts import sealing, security
from accounts.actions import locks, newcomers, sessions
from accounts.models import User
from accounts.security import Event

WHY_NOT = {
    "incorrect_code": "wrong-code",
    "wrong_code": "wrong-code",
    "unreadable": "other-secret-key",
    "too_many_login_attempts": "too-often",
}
MALFORMED = (AssertionError, AttributeError, LookupError, OverflowError, TypeError, ValueError, struct.error)
"""What parsing a browser's answer may raise when no browser wrote it; allauth expects only some of these."""


class AddressField(EmailField):  # type: ignore[misc]  # allauth has no types
    """An e-mail address, no longer than our columns take."""

    def __init__(self, **options: Any) -> None:
        widget = forms.EmailInput(attrs={"autocomplete": "email"})
        super().__init__(max_length=app_settings.EMAIL_MAX_LENGTH, widget=widget, **options)


class SignInForm(account.RequestLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """An address that a code is mailed to, whether there is an account yet or not."""

    email = AddressField(label="Your e-mail address")

    def clean_email(self) -> str:
        """Count the try, then find or make the account. allauth takes it from `_user`."""
        email: str = self.cleaned_data["email"]
        if not ratelimit.consume(context.request, action="request_login_code", key=email):
            raise get_adapter().validation_error("too_many_login_attempts")
        self._user = newcomers.account_of(email)
        return email


class PasswordSignInForm(account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """An address and a password."""

    password = PasswordField(label="Password", autocomplete="current-password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"] = AddressField(label="Your e-mail address")
        self.fields["password"].widget.attrs.pop("placeholder")
        self.order_fields(["login", "password"])

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """allauth lets the session of a password grow older with each visit; ours all end on one day."""
        answer: HttpResponse = super().login(request, redirect_url=redirect_url)
        if request.user.is_authenticated:
            sessions.limit(request.session)
        return answer


class CodeMixin(forms.Form):
    """How a code is typed: digits from the keypad, or taken from the mail by the device."""

    code = forms.CharField(
        label="The code",
        max_length=40,
        widget=forms.TextInput(
            attrs={"class": "code", "autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def __init__(self, *args: Any, **options: Any) -> None:  # what allauth's forms take
        super().__init__(*args, **options)


class SignInCodeForm(CodeMixin, account.ConfirmLoginCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that signs in."""

    def clean_code(self) -> str:
        """No code is right for an account that was deleted meanwhile."""
        code: str = super().clean_code()
        login = unstash_login(context.request, peek=True)
        if login is None or login.user is None:
            raise get_adapter().validation_error("incorrect_code")
        return code


class AddressCodeForm(CodeMixin, account.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code that proves an address, new here or new to an account."""

    def clean_code(self) -> str:
        """Right code first; then whoever only claimed this address gives way to the person who proved it."""
        account.BaseConfirmCodeForm.clean_code(self)
        if self.user is None:  # deleted meanwhile
            raise get_adapter().validation_error("incorrect_code")
        newcomers.make_room(self.email, user=self.user)
        code: str = super().clean_code()
        return code


class ChangeAddressForm(account.AddEmailForm):  # type: ignore[misc]  # allauth has no types
    """The address to be reached at from now on."""

    email = AddressField(label="New e-mail address")


class PasswordForm(account.SetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """A password, typed twice."""

    password1 = SetPasswordField(label="New password", help_text="")
    password2 = PasswordField(label="The same again", autocomplete="new-password")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password1"].help_text = " ".join(password_validators_help_texts())
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder")


class AddPasskeyForm(passkeys.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A passkey that the browser made, and what to call it. All of ours sign in by themselves."""

    passwordless = None
    name = forms.CharField(label="Name", required=False, max_length=100, help_text="To tell it from others later.")

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED:
            raise get_mfa_adapter().validation_error("incorrect_code") from None
        return cleaned


class UsePasskeyForm(passkeys.LoginWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """What a passkey answered for somebody who wants to come in."""

    def clean_credential(self) -> Authenticator:
        try:
            return _answered(super().clean_credential)
        except forms.ValidationError:
            security.note(Event.SIGN_IN_FAILED, way="passkey", why="not-accepted")
            raise


class ProvePasskeyForm(passkeys.ReauthenticateWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """What a passkey answered for an operator who is in already."""

    def clean_credential(self) -> Authenticator:
        try:
            return _answered(super().clean_credential)
        except forms.ValidationError:
            security.note(Event.SECOND_FACTOR_FAILED, self.user.pk, way="passkey", why="not-accepted")
            raise


def _answered(clean: Callable[[], Authenticator]) -> Authenticator:
    """Raises ValidationError, also for what no browser wrote."""
    try:
        return clean()
    except MALFORMED:
        raise get_mfa_adapter().validation_error("incorrect_code") from None


class AppCodeMixin(CodeMixin):
    """A code of an app: a wrong one is said to be just that."""

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc]  # of the form it is mixed into
        except forms.ValidationError as error:
            if error.code == "incorrect_code":
                raise get_mfa_adapter().validation_error("wrong_code") from None
            raise
        return code


class OperatorCodeForm(AppCodeMixin, second.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """A code of an operator's app, or a recovery code."""

    def clean_code(self) -> str:
        try:
            return self._checked()
        except forms.ValidationError as error:
            security.note(
                Event.SECOND_FACTOR_FAILED, self.user.pk, way="code", why=WHY_NOT.get(error.code or "", "other")
            )
            raise

    def _checked(self) -> str:
        """Raises ValidationError for a code that is wrong, or was used before, for any after too many tries, and where
        the key that codes are made of can be read no more."""
        if not locks.may_try(self.user):
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            code = super().clean_code()
        except sealing.Unreadable:
            raise get_mfa_adapter().validation_error("unreadable") from None
        if self.authenticator.type == Authenticator.Type.TOTP and not locks.use_once(self.authenticator, code):
            raise get_mfa_adapter().validation_error("wrong_code")
        return code


class AppForm(AppCodeMixin, totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of an app that was just set up."""


class RenamePasskeyForm(passkeys.EditWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """What a passkey is called."""

    name = forms.CharField(label="Name", max_length=100)


class AddressForNewcomerForm(social.SignupForm):  # type: ignore[misc]  # allauth has no types
    """Whoever comes from a network that names no address is asked for one."""

    email = AddressField(label="Your e-mail address")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["email"].label = "Your e-mail address"

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Whoever is second to name a free address, by a moment, is answered as for one that was taken before."""
        saved: tuple[User | None, HttpResponse | None]
        try:
            with transaction.atomic():
                saved = super().try_save(request)
        except IntegrityError:
            self.account_already_exists = True
            saved = super().try_save(request)
        return saved


class DisconnectForm(social.DisconnectForm):  # type: ignore[misc]  # allauth has no types
    """Which network's account to let go of: any, since a code by e-mail always remains."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned

    def save(self) -> None:
        """Also when the network's keys were taken out of the settings meanwhile, and allauth no longer knows it."""
        try:
            super().save()
        except SocialApp.DoesNotExist:
            self.cleaned_data["account"].delete()
