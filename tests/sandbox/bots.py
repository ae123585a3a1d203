"""What the bot said on a pretend network."""

from typing import overload

from .bluesky.model import Post as BlueskyPost
from .bluesky.network import BlueskyNetwork
from .mastodon.model import Status
from .mastodon.network import MastodonNetwork
from .x.model import Post as XPost
from .x.network import XNetwork


@overload
def answers_of_bot(network: XNetwork) -> list[XPost]: ...
@overload
def answers_of_bot(network: BlueskyNetwork) -> list[BlueskyPost]: ...
@overload
def answers_of_bot(network: MastodonNetwork) -> list[Status]: ...
def answers_of_bot(
    network: XNetwork | BlueskyNetwork | MastodonNetwork,
) -> list[XPost] | list[BlueskyPost] | list[Status]:
    """All its posts that are still there, the oldest first."""
    if isinstance(network, XNetwork):
        return [post for post in network.newest_first()[::-1] if post.author is network.bot]
    if isinstance(network, BlueskyNetwork):
        return [post for post in network.written_by(network.bot) if post.exists]
    return [status for status in network.one.written_by(network.bot) if not status.deleted]
