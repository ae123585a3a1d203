"""What a link of the pretend networks leads to, for those who change the world from outside."""

import re

from .bluesky.model import Person as BlueskyPerson
from .bluesky.model import Post as BlueskyPost
from .mastodon.model import Account, Status
from .world import World
from .x.model import Person as XPerson
from .x.model import Post as XPost

Found = XPost | BlueskyPost | Status
FoundPerson = XPerson | BlueskyPerson | Account


def find(world: World, link: str) -> Found:
    """A post by link, X id or at-URI. Raises LookupError when there is none."""
    found = find_x(world, link) or find_bluesky(world, link) or find_mastodon(world, link)
    if found is None:
        raise LookupError(f"no post behind {link!r}")
    return found


def find_x(world: World, link: str) -> XPost | None:
    match = re.fullmatch(r"(?:https://(?:x|twitter)\.com/\w+/status/)?(\d+)(?:[/?#].*)?", link)
    return world.x.posts.get(int(match[1])) if match else None


def find_bluesky(world: World, link: str) -> BlueskyPost | None:
    match = re.fullmatch(r"https://bsky\.app/profile/([^/]+)/post/(\w+)", link)
    uri = f"at://{match[1]}/app.bsky.feed.post/{match[2]}" if match else link
    return world.bluesky.find(uri) if uri.startswith("at://") else None


def find_mastodon(world: World, link: str) -> Status | None:
    for instance in (world.mastodon.one, world.mastodon.two):
        if instance.base and link.startswith(instance.base + "/"):
            return instance.statuses.get(link.rsplit("/", 1)[-1])
    return None


def link_of(world: World, post: Found) -> str:
    if isinstance(post, XPost):
        return world.x.link(post)
    if isinstance(post, BlueskyPost):
        return world.bluesky.link(post)
    return world.mastodon.link(post)
