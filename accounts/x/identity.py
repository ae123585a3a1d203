"""Which X account belongs to a person here: what is kept of it, and how pages get at it."""

from typing import NamedTuple

from allauth.socialaccount.models import SocialAccount

from accounts.models import User

PROVIDER = "x"


class Identity(NamedTuple):
    """An X account as it was at the last sign-in. Only the id stays; `picture` is an address at X, or empty."""

    id: str
    handle: str
    name: str
    picture: str

    @property
    def address(self) -> str:
        """The profile on X, by its number: the handle may belong to somebody else by now."""
        return f"https://x.com/i/user/{self.id}"

    def __str__(self) -> str:
        return f"@{self.handle}"


def identity(user: User) -> Identity | None:
    """The X account a person signs in with, the latest used of several; None when there is none."""
    account = SocialAccount.objects.filter(provider=PROVIDER, user=user).order_by("-last_login").first()
    return identity_in(account) if account else None


def identity_in(account: SocialAccount) -> Identity:
    """What is kept in allauth's row, under X's own names."""
    kept = account.extra_data
    return Identity(account.uid, kept["username"], kept["name"], kept["profile_image_url"])
