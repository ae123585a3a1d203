"""Whether hosts of the fediverse still show posts: many at once where they can, and each that is missing by itself."""

from collections.abc import Sequence
from random import sample
from typing import Any, ClassVar
from urllib.parse import urlencode

from unroller.core.errors import (
    BadAnswer,
    ClosedServer,
    Gone,
    KeptOut,
    NotAPost,
    Suspended,
    UnrollError,
    Withheld,
)
from unroller.sources.fields import identifier, moment, record, records, string
from unroller.sources.mastodon.conversation import SHOWN
from unroller.sources.mastodon.links import KEY, split_key
from unroller.sources.mastodon.server import Server, refuse
from unroller.sources.presence import Asked, Loss, Reason, lost
from unroller.sources.recording import Recorder

STATUSES = "/api/v1/statuses"
AT_ONCE = 20
EVERY = 1.0
"""Seconds between two questions to one host: hosts allow 300 in five minutes, and readers ask them too."""
MOST_ALONE = 150
"""Posts that a host is asked for one by one in one look: at its pace, they take half of the time there is."""
REASONS: dict[type[UnrollError], Reason] = {
    Gone: "deleted",
    Withheld: "withheld",
    ClosedServer: "closed",
    KeptOut: "kept-out",
}

Status = dict[str, Any]


class MastodonPresence:
    """Asks the host on which a thread was read, as somebody who is not signed in."""

    key: ClassVar[str] = KEY

    def host(self, path: str) -> str:
        """Each host answers for its own posts."""
        return split_key(path)[0]

    def card_path(self, thread_path: str, quote_id: str) -> str:
        """Cards have ids of the host on which the thread was read."""
        return f"{split_key(thread_path)[0]}/{quote_id}" if identifier(quote_id) else ""

    def losses(self, asked: Sequence[Asked], web: Recorder) -> list[Loss]:
        """What is gone, hidden or edited of these posts, all of one host. Raises UnrollError."""
        server = Server(web, self.host(asked[0].path), every=EVERY)
        listed = _together(server, [split_key(each.path)[1] for each in asked])
        found: dict[Loss, None] = {}
        for each in asked if listed else _chosen(asked):
            reason = _judged(server, each, listed.get(split_key(each.path)[1]))
            if reason == "closed":  # the host as a whole: nobody asks it for the others, too
                return list(dict.fromkeys(lost(other, "closed") for other in asked if other.text is not None))
            if reason:
                found[lost(each, reason)] = None
        return list(found)


def _chosen(asked: Sequence[Asked]) -> list[Asked]:
    """Of a very long thread on a host that has to be asked one by one: its head, and others as they come."""
    if len(asked) <= MOST_ALONE:
        return list(asked)
    head, *others = sorted(asked, key=lambda each: each.text is None)
    return [head, *sample(others, MOST_ALONE - 1)]


def _together(server: Server, ids: list[str]) -> dict[str, Status]:
    """Those that the host shows when asked for many at once, which hosts can since Mastodon 4.3; of the others nothing
    is known yet."""
    found: dict[str, Status] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        try:
            server.respect_robots(STATUSES)
            exchange = server.ask(f"{STATUSES}?{urlencode([('id[]', id_) for id_ in part])}")
        except (BadAnswer, KeptOut):
            break
        if exchange.status != 200 or not isinstance(exchange.body, list):
            break
        found.update((string(each.get("id")), each) for each in records(exchange.body) if each.get("id") in part)
    return found


def _judged(server: Server, asked: Asked, status: Status | None) -> Reason | None:
    """Why a post must not be shown, or not as it is here. One that was not among the others is asked for by itself."""
    id_ = split_key(asked.path)[1]
    try:
        if status is None:
            status = _alone(server, id_)
        else:
            server.respect_robots(f"{STATUSES}/{id_}")
            server.respect_page(string(status.get("url")))
    except Suspended:
        return _suspended(server, asked)
    except NotAPost as error:
        raise BadAnswer("no server there that speaks Mastodon's API") from error
    except (Gone, Withheld, ClosedServer, KeptOut) as error:
        return REASONS[type(error)]
    if record(status.get("account")).get("suspended") is True:
        return "suspended"
    if string(status.get("visibility")) not in {"", *SHOWN}:
        return "deleted"  # for everybody but its author's followers
    edited = moment(status.get("edited_at"))
    return "edited" if asked.text is not None and edited and edited > asked.since else None


def _alone(server: Server, id_: str) -> Status:
    """One status. Raises what the host's refusal means, BadAnswer for another post than the one that was asked for."""
    exchange = server.status(id_)
    refuse(exchange)
    status = record(exchange.body)
    if status.get("id") != id_:
        raise BadAnswer("another status in the answer")
    return status


def _suspended(server: Server, asked: Asked) -> Reason:
    """A host that says "gone for good" means the account, or the post alone: the account tells which."""
    account = split_key(asked.author_id)[1]
    if not account:
        return "deleted"
    status = server.ask(f"/api/v1/accounts/{account}").status
    if status not in {200, 404, 410}:
        raise BadAnswer(f"status {status} for an account")
    return "deleted" if status == 200 else "suspended"
