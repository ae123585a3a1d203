"""Authors, and the addresses of their posts on Bluesky."""

from typing import Any

from unroller.core.posts import Person
from unroller.core.text import one_line
from unroller.sources.bluesky.links import PostUri, is_did, is_handle
from unroller.sources.bluesky.richtext import SITE
from unroller.sources.fields import address, record, string, words


def author_of(view: dict[str, Any]) -> Person | None:
    """The author of a post view. An account whose handle is not valid any more goes by its DID."""
    author = record(view.get("author"))
    did, handle = string(author.get("did")), string(author.get("handle")).lower()
    if not is_did(did):
        return None
    shown = handle if is_handle(handle) else did
    return Person(
        id=did,
        handle=shown,
        name=one_line(words(author.get("displayName"))) or shown,
        url=f"{SITE}/profile/{shown}",
        avatar=address(author.get("avatar")),
    )


def page_of(author: Person, uri: PostUri) -> str:
    """The address of a post on Bluesky."""
    return f"{SITE}/profile/{author.handle}/post/{uri.rkey}"
