"""X as allauth's sign-in sees it: its names, its scopes, and what is kept of a person."""

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from django.http import HttpRequest

from accounts.x.identity import PROVIDER, Identity, identity_in
from accounts.x.views import XAdapter


class XAccount(ProviderAccount):  # type: ignore[misc]  # allauth has no types
    """How an X account is shown on allauth's pages."""

    account: SocialAccount

    def get_profile_url(self) -> str:
        return identity_in(self.account).address

    def get_avatar_url(self) -> str:
        return identity_in(self.account).picture

    def to_str(self) -> str:
        return str(identity_in(self.account))


class XProvider(OAuth2Provider):  # type: ignore[misc]  # allauth has no types
    """Sign in with X, with PKCE and the least that X lets one ask for."""

    id = PROVIDER
    name = "X"
    account_class = XAccount
    oauth2_adapter_class = XAdapter
    pkce_enabled_default = True

    def get_default_scope(self) -> list[str]:
        return ["users.read", "tweet.read"]

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """A link that leads here must not make us ask for more."""
        return list(self.get_scope())

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, str]:
        """Nor may it change where X sends the reader."""
        return {}

    def extract_uid(self, data: Identity) -> str:
        return data.id

    def extract_extra_data(self, data: Identity) -> dict[str, str]:
        """Under X's own names, and nothing else."""
        return {
            "id": data.id,
            "username": data.handle,
            "name": data.name,
            "profile_image_url": data.picture,
        }

    def extract_common_fields(self, data: Identity) -> dict[str, str]:
        return {"username": data.handle, "name": data.name}


provider_classes = [XProvider]
