"""The sandbox's own door on every server: faults, counters, the log, and changes to the world by HTTP.

`GET /_sandbox/counters`, `GET /_sandbox/log?server=&path=`, `POST /_sandbox/<action>` with a JSON body:
`faults` (the fields of `faults.Fault`), `clear-faults`, `reset`, `advance` {seconds},
`stripe` (`stripe/control.py` says what it does),
`publish` {network, handle, texts} (a thread written just now; Mastodon `user` or `user@host`),
and with `link` a post: `delete`, `edit` {text}, `reply` {text, author?}, `protect`, `suspend`, `rename` {handle},
`describe` {text} (what its author's profile says of them).
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from .bluesky.model import Post as BlueskyPost
from .clock import MILLISECOND
from .finding import Found, find, link_of
from .mastodon.model import Status
from .stripe.control import act
from .wire import Json, Request, Response, json_response
from .world import World
from .x.model import Post as XPost

CONTROL_PREFIX = "/_sandbox/"

Action = Callable[[World, Json], Json]


def control(world: World, request: Request) -> Response:
    """Answers 200 with JSON, 400 with the reason for what cannot be done, 404 for what is not known."""
    name = request.path.removeprefix(CONTROL_PREFIX)
    if request.method == "GET" and name == "counters":
        return json_response(counters(world))
    if request.method == "GET" and name == "log":
        entries = world.log.of(request.first("server") or "", request.first("path") or "")
        return json_response([asdict(entry) for entry in entries])
    if request.method != "POST" or name not in ACTIONS:
        return json_response({"error": f"the sandbox knows no {request.method} {name}"}, 404)
    try:
        with world.ground.lock:
            return json_response(ACTIONS[name](world, json.loads(request.body or b"{}")))
    except (LookupError, ValueError, TypeError) as error:
        return json_response({"error": str(error) or repr(error)}, 400)


def counters(world: World) -> Json:
    """Reads of X as returned and as billed, and requests by server."""
    return {"x": world.x.billing.numbers(), "requests": world.log.counts()}


def add_fault(world: World, body: Json) -> Json:
    """Pages of X misbehave by their own switches, everything else is a fault of the call."""
    paging, times = world.x.paging, int(body.get("times", 1))
    if body.get("kind") == "empty-page":
        paging.empty_pages = times
    elif body.get("kind") == "short-page":
        paging.short_pages = times
    elif body.get("kind") == "looping-token":
        paging.looping = bool(times)
    else:
        return {"added": asdict(world.faults.add(**body))}
    return {"added": body}


def clear_faults(world: World, _: Json) -> Json:
    world.faults.clear()
    world.x.paging.reset()
    return {}


def reset(world: World, _: Json) -> Json:
    """Counters, log and rate limits as after a start; posts and faults stay."""
    world.log.clear()
    world.x.billing.reset()
    for network in (world.x, world.bluesky, world.mastodon.one, world.mastodon.two):
        network.windows.forget()
    return counters(world)


def advance(world: World, body: Json) -> Json:
    """Time goes on, and what has become due happens."""
    world.clock.advance(timedelta(seconds=float(body["seconds"])))
    world.stripe.tick()
    return {"now": world.clock.now().isoformat()}


def stripe(world: World, body: Json) -> Json:
    return act(world.stripe, body)


def publish(world: World, body: Json) -> Json:
    """A thread of one's own: its posts follow each other within milliseconds, the first one now."""
    network, handle, texts = str(body["network"]), str(body["handle"]), [str(text) for text in body["texts"]]
    first, last = written(world, network, handle, texts[0]), None
    links = [link_of(world, first)]
    for number, text in enumerate(texts[1:], start=1):
        last = replied(world, last or first, text, None, later=number * MILLISECOND)
        links.append(link_of(world, last))
    return {"links": links}


def written(world: World, network: str, handle: str, text: str) -> Found:
    """A post just now. Raises LookupError for a network that is none."""
    now = world.clock.now()
    if network == "x":
        return world.x.post(handle, text, at=now)
    if network == "bluesky":
        return world.bluesky.post(handle, text, at=now)
    if network != "mastodon":
        raise LookupError(f"no network {network!r}")
    username, _, host = handle.partition("@")
    instance = world.mastodon.two if host == world.mastodon.two.host else world.mastodon.one
    return instance.post(username, text, at=now)


def delete(world: World, body: Json) -> Json:
    post = find(world, body["link"])
    if isinstance(post, XPost):
        world.x.delete(post)
    elif isinstance(post, BlueskyPost):
        world.bluesky.delete(post)
    else:
        world.mastodon.delete(post)
    return {"deleted": body["link"]}


def edit(world: World, body: Json) -> Json:
    """On X the link changes, on Bluesky the record is replaced."""
    post, text = find(world, body["link"]), str(body["text"])
    if isinstance(post, XPost):
        return {"link": world.x.link(world.x.edit(post, text))}
    if isinstance(post, BlueskyPost):
        world.bluesky.replace(post, text)
    else:
        world.mastodon.edit(post, text)
    return {"link": link_of(world, post)}


def reply(world: World, body: Json) -> Json:
    """A reply just now, by the author of the post or by somebody else."""
    post, text, author = find(world, body["link"]), str(body["text"]), body.get("author")
    return {"link": link_of(world, replied(world, post, text, author))}


def replied(world: World, post: Found, text: str, author: str | None, *, later: timedelta = timedelta()) -> Found:
    now = world.clock.now() + later
    if isinstance(post, XPost):
        return world.x.post(author or post.author, text, under=post, at=now)
    if isinstance(post, BlueskyPost):
        return world.bluesky.post(author or post.author, text, under=post, at=now)
    return world.mastodon.home(post).post(author or post.author, text, under=post, at=now)


def protect(world: World, body: Json) -> Json:
    """X protects the account; Mastodon makes the status private; Bluesky asks for signed-in readers."""
    post = find(world, body["link"])
    if isinstance(post, XPost):
        world.x.protect(post.author)
    elif isinstance(post, BlueskyPost):
        post.author.self_labels.append("!no-unauthenticated")
    else:
        post.visibility = "private"
    return {}


def suspend(world: World, body: Json) -> Json:
    post = find(world, body["link"])
    if isinstance(post, XPost):
        world.x.suspend(post.author)
    elif isinstance(post, BlueskyPost):
        world.bluesky.leave(post.author, "takendown")
    else:
        world.mastodon.suspend(post.author)
    return {}


def rename(world: World, body: Json) -> Json:
    """Mastodon accounts cannot be renamed."""
    post, handle = find(world, body["link"]), str(body["handle"])
    if isinstance(post, Status):
        raise ValueError("a Mastodon account keeps its name")
    if isinstance(post, XPost):
        world.x.rename(post.author, handle)
    else:
        world.bluesky.rename(post.author, handle)
    return {"link": link_of(world, post)}


def describe(world: World, body: Json) -> Json:
    """The author of a post writes something else into their profile."""
    find(world, body["link"]).author.bio = str(body["text"])
    return {}


ACTIONS: dict[str, Action] = {
    "faults": add_fault,
    "clear-faults": clear_faults,
    "reset": reset,
    "advance": advance,
    "stripe": stripe,
    "publish": publish,
    "delete": delete,
    "edit": edit,
    "reply": reply,
    "protect": protect,
    "suspend": suspend,
    "rename": rename,
    "describe": describe,
}
