"""Private threads for tests: fetched from the sandbox for a private link, as a worker would."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from unroller import queries, unguessable
from unroller.actions import private_links, unrolling
from unroller.models import FileGift, PrivateLink, Thread


def a_chain(world: World, count: int = 3, name: str = "secretive") -> list[Post]:
    """A thread on X by somebody nobody here has heard of."""
    return world.x.thread(world.x.person(name), [f"Secret {number} of it." for number in range(1, count + 1)])


def a_link(user: User, link: str, days: int = 7) -> PrivateLink:
    """A private link, its thread fetched."""
    made = private_links.make(user, link, days)
    if made.job_id is not None:
        unrolling.run(str(made.job_id))
    made.refresh_from_db()
    return made


def a_private_thread(user: User, world: World, count: int = 3) -> Thread:
    """A thread that came by one link of one person."""
    found = a_link(user, world.x.link(a_chain(world, count)[0])).thread
    assert found is not None
    assert found.private
    return found


def address(link: PrivateLink) -> str:
    """Where a private link is opened."""
    return f"/private/{unguessable.known(queries.PRIVATE_LINK, link.id, link.digest)}"


def gift_address(gift: FileGift) -> str:
    """Where a friend takes a file."""
    return f"/gift-file/{unguessable.known(queries.FILE_GIFT, gift.id, gift.digest)}"


def end(link: PrivateLink) -> None:
    """Its time is over."""
    PrivateLink.objects.filter(id=link.id).update(expires_at=timezone.now() - timedelta(seconds=1))
