"""Why X does not show something: refusals of a whole request, and the problems inside a 200."""

from typing import Literal, NamedTuple

import regex

from unroller.core.errors import (
    BadAnswer,
    Gone,
    NotConfigured,
    NotPublic,
    OutOfCredits,
    Protected,
    Suspended,
    UnrollError,
    Withheld,
)
from unroller.sources.fields import record
from unroller.sources.x.payload import Json, objects, post_id, string

Why = Literal["gone", "protected", "suspended", "withheld", "unavailable"]

ERRORS: dict[Why, type[UnrollError]] = {
    "gone": Gone,
    "protected": Protected,
    "suspended": Suspended,
    "withheld": Withheld,
    "unavailable": NotPublic,
}
WORDS: dict[Why, str] = {
    "gone": "This post was deleted.",
    "protected": "This post is only shown to approved followers.",
    "suspended": "This post is from a suspended account.",
    "withheld": "This post is withheld.",
    "unavailable": "This post is not available.",
}
"""What a card says in place of a quoted post."""

ABOUT_A_POST = frozenset({"", "id", "ids", "referenced_tweets.id", "referenced_posts", "referenced_posts.id"})
ABOUT_A_PERSON = frozenset({"id", "author_id", "referenced_tweets.id.author_id", "in_reply_to_user_id"})
EVERYWHERE = frozenset({"XX", "XY"})
"""Country codes that stand for all countries, and for a claim of copyright."""


class Problem(NamedTuple):
    """One thing that X does not show. `of` says what the id names."""

    of: Literal["post", "person"]
    id: str
    why: Why


def problem(error: Json) -> Problem | None:
    """An entry of `errors` inside a 200; None where it is about something that no page needs (mentions, fields)."""
    kind = string(error, "type").rpartition("/")[2]
    parameter, resource = string(error, "parameter"), string(error, "resource_type")
    named = string(error, "resource_id", "value") or _bracketed(string(error, "detail"))
    if kind.endswith("-for-field") or kind.startswith("field-") or not post_id(named):
        return None
    if resource == "user":
        return Problem("person", named, why(error)) if parameter in ABOUT_A_PERSON else None
    return Problem("post", named, why(error)) if parameter in ABOUT_A_POST else None


def why(error: Json) -> Why:
    """What an entry of `errors` says of the thing it names."""
    kind = string(error, "type").rpartition("/")[2]
    words = f"{string(error, 'title')} {string(error, 'detail')}".lower()
    if "suspended" in words:
        return "suspended"
    if "withheld" in words:
        return "withheld"
    if kind == "not-authorized-for-resource":
        return "protected"
    if "could not find" in words or (kind == "resource-not-found" and "forbidden" not in words):
        return "gone"
    return "unavailable"


def _bracketed(detail: str) -> str:
    found = regex.search(r"\[([0-9]{1,19})\]", detail)
    return found.group(1) if found else ""


def refusal(status: int, body: object) -> UnrollError:
    """The error for an answer that is no 200. 402 and 429 never come here: the recorder raises them."""
    found = record(body)
    details = [string(each, "message", "detail") for each in objects(found.get("errors"))]
    detail = "; ".join(filter(None, [string(found, "detail", "title"), *details]))[:300]
    if status == 401:
        return NotConfigured(f"401: the bearer token is refused. {detail}")
    if status == 403 and _is_about_money(found):
        return OutOfCredits(f"403: {detail} Resets on {string(found, 'reset_date') or 'an unknown day'}.")
    if status == 403:
        return NotConfigured(f"403: {detail or 'this access is refused'}")
    if status == 404:
        return BadAnswer(f"404: no such address; X_API_URL may be wrong. {detail}")
    return BadAnswer(f"{status}: {detail or 'no reason given'}")


def _is_about_money(body: Json) -> bool:
    return string(body, "type").endswith("/credits") or string(body, "title") == "SpendCapReached"


def withheld(source: Json) -> bool:
    """Whether a post or a person is withheld from everybody; some countries only is no reason to hide it here."""
    facts = record(source.get("withheld"))
    codes = facts.get("country_codes")
    listed = {code for code in codes if isinstance(code, str)} if isinstance(codes, list) else set()
    return facts.get("copyright") is True or bool(listed & EVERYWHERE)
