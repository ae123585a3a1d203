"""Settings of signing in (allauth): a code by e-mail is the way in, passwords and passkeys are for who wants them."""

from datetime import timedelta

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # the second says that there are passwords; nobody signs up with one
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True  # one address at a time: a new one replaces the old
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
# Mail goes through a queue, so a code may take a while. Three tries, then a new one is needed.
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# Besides allauth's own. Few codes an address: so six digits are enough, and nobody's mailbox is flooded by others.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "20/m/ip,200/d/ip,3/m/key,10/h/key,30/d/key",
    "confirm_email": "1/10s/key,3/m/key,10/h/key,30/d/key",
    "manage_email": "5/m/user,20/d/user",
}
ACCOUNT_FORMS = {
    "request_login_code": "accounts.forms.SignInForm",
    "confirm_login_code": "accounts.forms.SignInCodeForm",
    "confirm_email_verification_code": "accounts.forms.AddressCodeForm",
    "login": "accounts.forms.PasswordSignInForm",
    "add_email": "accounts.forms.ChangeAddressForm",
    "set_password": "accounts.forms.PasswordForm",
}
MFA_ADAPTER = "accounts.adapters.PasskeyAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp"]  # a passkey is a way in; apps are for operators (accounts/second_factor.py)
MFA_TOTP_TOLERANCE = 1  # half a minute each way, for clocks; accounts/actions/locks.py takes each code once
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_FORMS = {
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "edit_webauthn": "accounts.forms.RenamePasskeyForm",
    "login_webauthn": "accounts.forms.UsePasskeyForm",
    "activate_totp": "accounts.forms.AppForm",
}
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAdapter"
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.AddressForNewcomerForm", "disconnect": "accounts.forms.DisconnectForm"}
