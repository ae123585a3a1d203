"""The two addresses of signing in with X: on the way there, and on the way back."""

from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.http import Http404, HttpRequest

from accounts.x import api
from accounts.x.identity import PROVIDER


class XClient(OAuth2Client):  # type: ignore[misc]  # allauth has no types
    """Builds the address that readers are sent to, and trades the code they bring back."""

    def get_access_token(
        self, code: str, pkce_code_verifier: str = "", extra_data: dict[str, str] | None = None
    ) -> dict[str, str]:
        keys = api.Keys(self.consumer_key, self.consumer_secret)
        token = api.exchange(code, verifier=pkce_code_verifier, callback=self.callback_url, keys=keys)
        return {"access_token": token}


class XAdapter(OAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """allauth's steps, with the hosts of the settings and X's own questions."""

    provider_id = PROVIDER
    client_class = XClient
    access_token_url = ""
    """`api.exchange` knows it."""

    @property
    def authorize_url(self) -> str:
        return settings.X_AUTHORIZE_URL

    def get_provider(self) -> Any:
        """Without keys these addresses do not exist."""
        try:
            return super().get_provider()
        except SocialApp.DoesNotExist:
            raise Http404("signing in with X is not set up") from None

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **_: Any) -> SocialLogin:
        """The token has done its work then: a sign-in that waits in the session for an address must not hold it."""
        identity = api.whose(token.token)
        token.token = ""
        return self.get_provider().sociallogin_from_response(request, identity)


oauth2_login = OAuth2LoginView.adapter_view(XAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(XAdapter)
