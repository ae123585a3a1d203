"""Labels that moderators and authors put on posts and accounts: what they ask of whoever shows them."""

from typing import Any, NamedTuple

from unroller.core.errors import SignInOnly, Suspended, Withheld
from unroller.sources.fields import record, records, string

SIGN_IN_ONLY = "!no-unauthenticated"
SUSPENDED = "!suspend"
HIDDEN = frozenset({"!hide", "!takedown", SUSPENDED})
WARNED = "!warn"
WARNING = "Bluesky has put a warning on this post."
ADULT = {
    "porn": "Adult content",
    "sexual": "Sexual content",
    "nudity": "Nudity",
    "graphic-media": "Graphic media",
}


class Gate(NamedTuple):
    """What stands before a post: words that fold all of it, or only a fold over its media."""

    warning: str
    sensitive: bool


def labels(thing: dict[str, Any]) -> frozenset[str]:
    """The labels of a post or an account as the network shows it; a negated one is lifted."""
    return frozenset(string(each.get("val")) for each in records(thing.get("labels")) if each.get("neg") is not True)


def own_labels(post_record: dict[str, Any]) -> frozenset[str]:
    """What the author says of the post in its record."""
    return frozenset(string(each.get("val")) for each in records(record(post_record.get("labels")).get("values")))


def is_sign_in_only(view: dict[str, Any]) -> bool:
    """Whether the author asks not to be shown to signed-out readers. The network leaves it to us to obey."""
    return SIGN_IN_ONLY in labels(record(view.get("author")))


def is_hidden(view: dict[str, Any]) -> bool:
    """Whether moderators hide the post or its author altogether."""
    return bool(HIDDEN & (labels(view) | labels(record(view.get("author")))))


def refuse_hidden(view: dict[str, Any]) -> None:
    """Raises SignInOnly, Suspended or Withheld for a post that must not be shown."""
    if is_sign_in_only(view):
        raise SignInOnly
    if SUSPENDED in labels(record(view.get("author"))):
        raise Suspended
    if is_hidden(view):
        raise Withheld


def gate(view: dict[str, Any], post_record: dict[str, Any], *, has_media: bool) -> Gate:
    """Bluesky folds the pictures of adult posts and leaves the words; a post of words alone is folded as a whole.

    What is said about the author concerns their pictures only.
    """
    author = labels(record(view.get("author")))
    post = labels(view) | own_labels(post_record)
    if WARNED in author | post:
        return Gate(WARNING, sensitive=_is_adult(author | post))
    if has_media:
        return Gate("", sensitive=_is_adult(author | post))
    return Gate(_adult_words(post), sensitive=False)


def quote_warning(view: dict[str, Any], post_record: dict[str, Any], *, has_media: bool) -> str:
    """The same for a quoted post, which is shown or folded as a whole."""
    before = gate(view, post_record, has_media=has_media)
    found = labels(view) | own_labels(post_record) | labels(record(view.get("author")))
    return before.warning or (_adult_words(found) if before.sensitive else "")


def _is_adult(found: frozenset[str]) -> bool:
    return not found.isdisjoint(ADULT)


def _adult_words(found: frozenset[str]) -> str:
    return " · ".join(name for label, name in ADULT.items() if label in found)
