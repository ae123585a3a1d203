"""Authors connect their own blogs, and let go of them."""

from django.db import transaction
from django.utils import timezone

from accounts import limits
from accounts.models import User
from unroller import networks
from unroller.actions.blogs import keys
from unroller.actions.refusals import Refused
from unroller.core.errors import Later
from unroller.models import Blog, Profile
from unroller.sources.blog import indieauth, micropub
from unroller.sources.blog.errors import BlogError
from unroller.sources.blog.indieauth import Asked

MOST = 5
TOO_MANY_TRIES = "That is a lot for one hour. Please try again a little later."
TOO_MANY = f"You have {MOST} blogs, as many as an account holds. Remove one first."
NO_AUTHOR = "Show first that a profile is yours: only an author’s own threads go to their blog."
NO_ANSWER = (
    "This blog does not answer just now, or with something that makes no sense. Please try again a little later."
)
STRANGE = "This answer does not belong to what you began. Please begin again."


class CannotConnect(Refused):
    """A blog is not connected."""


def begin(user: User, typed: str) -> Asked:
    """Find out where the blog at an address gives leave. Raises CannotConnect."""
    if not Profile.objects.filter(user=user).exists():
        raise CannotConnect(NO_AUTHOR)
    if not limits.spend(limits.BLOGS, str(user.pk)):
        raise CannotConnect(TOO_MANY_TRIES)
    http = networks.webhooks()
    try:
        return indieauth.ask(indieauth.discover(http, indieauth.address(http, typed)))
    except BlogError as error:
        raise CannotConnect(error.sentence) from error
    except Later as error:
        raise CannotConnect(NO_ANSWER) from error


def leave_address(asked: Asked) -> str:
    """Where the owner is asked."""
    return indieauth.authorize_address(asked, keys.client())


def finish(user: User, asked: Asked, code: str) -> Blog:
    """The owner came back with a code: the blog is connected, anew where it was before. Raises CannotConnect."""
    http = networks.webhooks()
    try:
        key, server = indieauth.redeem(http, asked, code, keys.client())
        media = micropub.media_endpoint(http, micropub.Blog(server.micropub, key.access))
    except BlogError as error:
        raise CannotConnect(error.sentence) from error
    except Later as error:
        raise CannotConnect(NO_ANSWER) from error
    values = {
        "token_endpoint": server.token,
        "revocation_endpoint": server.revocation,
        "micropub_endpoint": server.micropub,
        "media_endpoint": media,
        "sealed": keys.sealed(key),
        "good_until": keys.good_until(key),
        "sentence": "",
        "connected_at": timezone.now(),
    }
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        mine = Blog.objects.filter(user=user)
        if not mine.filter(address=server.address).exists() and mine.count() >= MOST:
            raise CannotConnect(TOO_MANY)
        before = mine.filter(address=server.address).first()
        blog = Blog.objects.update_or_create(user=user, address=server.address, defaults=values)[0]
    if before:
        keys.end(before)
    return blog


def disconnect(blog: Blog) -> bool:
    """End the key, then forget the blog and what was published there, which stays: whoever is killed in between does it
    again. False when the blog was not told."""
    is_told = keys.end(blog)
    Blog.objects.filter(pk=blog.pk).delete()
    return is_told


def forget(user: User) -> None:
    """An account is being deleted: its keys are ended, as far as the blogs can be reached."""
    for blog in list(Blog.objects.filter(user=user)):
        disconnect(blog)
