"""`/accounts/…`: of allauth's addresses those we offer, and none besides."""

from allauth.account import views as account
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as social
from django.urls import include, path
from django.views.decorators.cache import never_cache

from accounts import operators, views
from accounts.freshness import fresh_only
from accounts.second_factor import guards_itself
from accounts.x.urls import urlpatterns as x

password = views.Password.as_view()
passkey_list = never_cache(passkeys.list_webauthn)

urlpatterns = [
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("login/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("login/password/", views.PasswordSignIn.as_view(), name="account_login_password"),
    path("login/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("signup/", views.sign_up, name="account_signup"),
    path("again/", views.sign_in_again, name="account_sign_in_again"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("email/", guards_itself(account.email), name="account_email"),
    path("email/code/", views.AddressCode.as_view(), name="account_email_verification_sent"),
    # allauth has two names for what is one page here
    path("password/", password, name="account_change_password"),
    path("password/", password, name="account_set_password"),
    path("passkeys/", passkey_list, name="mfa_list_webauthn"),
    path("passkeys/", passkey_list, name="mfa_index"),
    path("passkeys/add/", views.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/", guards_itself(passkeys.edit_webauthn), name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", views.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("second-factor/", operators.confirm, name="second_factor"),
    path("second-factor/app/", operators.set_up_app, name="second_factor_app"),
    path("second-factor/app/remove/", operators.remove_app, name="second_factor_app_remove"),
    path("second-factor/codes/", operators.recovery_codes, name="second_factor_codes"),
    path("sessions/", views.Sessions.as_view(), name="usersessions_list"),
    path("sessions/<int:session_id>/end/", views.end_session, name="end_session"),
    path("connections/", fresh_only(views.Connections.as_view()), name="socialaccount_connections"),
    path("connections/new/", never_cache(social.signup), name="socialaccount_signup"),
    path("connections/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("connections/error/", social.login_error, name="socialaccount_login_error"),
    path("", include(x)),
]
