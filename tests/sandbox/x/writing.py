"""POST /2/tweets at the pretend X: who may write, what a post may hold, and to whom a program may reply."""

import json
from datetime import timedelta
from typing import Any

from ..wire import Json, Request, Response, json_response
from . import problems
from .fields import post_fields
from .model import Person, Post
from .network import XNetwork
from .text import LONGEST, PIECE, weight

WRITE_PATH = "/2/tweets"
WRITE_LIMIT = 100
WRITE_SCOPES = frozenset({"tweet.read", "tweet.write", "users.read"})
DUPLICATE_WITHIN = timedelta(hours=24)
"""How long X remembers what was said is not written anywhere; a day is on the safe side."""
NOT_SUMMONED = "You can only reply to or quote posts where you are mentioned or are the author."
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
NOT_VISIBLE = "You attempted to reply to a Tweet that is deleted or not visible to you."


def write(network: XNetwork, writer: Person, request: Request) -> Response:
    """Makes the post. Raises RefusalError with what X says to a post that it does not take."""
    text, number = read_body(request)
    under = replied_to(network, writer, number) if number else None
    if weight(text) > LONGEST:
        raise problems.not_a_body(f"$.text: must be at most {LONGEST} characters long")
    now = network.ground.clock.now()
    said = [post for post in network.newest_first() if post.author is writer and post.at > now - DUPLICATE_WITHIN]
    if any(post.text == text for post in said):
        raise problems.refused(DUPLICATE)
    post = network.post(writer, text, under=under, at=now)
    summoned = under is not None and under.author is not writer
    network.billing.count_created(summoned=summoned, with_url=any(found["url"] for found in PIECE.finditer(text)))
    shown = post_fields(post, network, "legacy")["text"]
    body = {"id": str(post.id), "text": shown, "edit_history_tweet_ids": [""]}
    return json_response({"data": body}, 201)


def read_body(request: Request) -> tuple[str, str]:
    """Text and the number of the post to answer. What else a post could have nobody asks of this X."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise problems.not_a_body("Content-Type must be application/json")
    if request.query:
        name = next(iter(request.query))
        raise problems.invalid(name, name, f"The query parameter [{name}] is not known to this endpoint")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise problems.not_a_body("The body is not JSON") from None
    found = checked(body, {"text": str, "reply": dict}, "$")
    reply = checked(found.get("reply", {}), {"in_reply_to_tweet_id": str}, "$.reply")
    if "reply" in found and not reply:
        raise problems.not_a_body("$.reply.in_reply_to_tweet_id: is missing but it is required")
    if not found.get("text", "").strip():
        raise problems.not_a_body("$.text: is missing but it is required")
    return found["text"], reply.get("in_reply_to_tweet_id", "")


def checked(body: object, known: dict[str, type], where: str) -> dict[str, Any]:
    """An object with no other properties than these."""
    if not isinstance(body, dict):
        raise problems.not_a_body(f"{where}: object expected")
    for name, value in body.items():
        if name not in known:
            raise problems.not_a_body(f"{where}.{name}: is not defined in the schema")
        if not isinstance(value, known[name]):
            raise problems.not_a_body(f"{where}.{name}: {known[name].__name__} expected")
    found: Json = body
    return found


def replied_to(network: XNetwork, writer: Person, number: str) -> Post:
    """The post to answer: one's own, or one whose author called the writer by name or by a quote."""
    if not (number.isascii() and number.isdigit() and len(number) <= 19):
        raise problems.not_a_body("$.reply.in_reply_to_tweet_id: does not match the regex pattern ^[0-9]{1,19}$")
    post = network.posts.get(int(number))
    if post is None or not network.visible(post):
        raise problems.refused(NOT_VISIBLE)
    if post.author is not writer and not summons(network, post, writer):
        raise problems.refused(NOT_SUMMONED, title="Authorization Error", kind="")
    return post


def summons(network: XNetwork, post: Post, person: Person) -> bool:
    """Whether its author named or quoted the person; the handles that replies carry by themselves are no call."""
    names = (found["mention"] for found in PIECE.finditer(post.text) if found["mention"])
    quoted = network.posts.get(post.quoted_id) if post.quoted_id else None
    return any(network.known(name) is person for name in names) or (quoted is not None and quoted.author is person)
