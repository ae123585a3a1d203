"""The author's own server: where it is, and which answers in a conversation its repository holds.

It knows every post of its author, also those below a deleted one, which the network's trees cannot show.
"""

import re
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from unroller.core.errors import BadAnswer
from unroller.sources.bluesky.forest import reference
from unroller.sources.bluesky.links import COLLECTION, Order, PostUri, post_uri
from unroller.sources.fields import record, records, string
from unroller.sources.recording import Recorder

MOST_PAGES = 50
"""Pages of a hundred posts that are read back from today where trees hide something; old threads may lie deeper."""
GLANCE_PAGES = 3
"""Pages that are read in any case, since a deleted post may be missing in the counts as well as in the trees."""
HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?")


class Answer(NamedTuple):
    """A post of the repository that answers something."""

    uri: PostUri
    parent: PostUri
    root: PostUri


class Listing(NamedTuple):
    """The author's answers that were found; `whole` unless the end was not reached."""

    answers: list[Answer]
    whole: bool


def answers(web: Recorder, plc_url: str, did: str, *, since: Order, pages: int) -> Listing:
    """Every answer the author wrote since a post of the order `since`, newest first, on so many pages.

    Raises the errors of `ask`, Refused when the server is not on the public internet, BadAnswer when there is none.
    """
    origin = _server(web, plc_url, did)
    # Anybody can run such a server: its refusals must not stop the reading of all of Bluesky.
    bucket = f"bluesky:{urlsplit(origin).netloc}"
    params = {"repo": did, "collection": COLLECTION, "limit": "100"}
    found: dict[PostUri, Answer] = {}
    cursors: set[str] = set()
    for _ in range(pages):
        exchange = web.ask(f"{origin}/xrpc/com.atproto.repo.listRecords", params, bucket=bucket)
        if exchange.status != 200:
            raise BadAnswer(f"listRecords: status {exchange.status}")
        body = record(exchange.body)
        page = records(body.get("records"))
        ages = [uri.order for item in page if (uri := post_uri(string(item.get("uri")))) and uri.time]
        found.update((answer.uri, answer) for item in page if (answer := _answer(item, did)))
        cursor = string(body.get("cursor"))
        if not cursor or cursor in cursors or not page or (ages and ages[-1] <= since):
            return Listing(list(found.values()), whole=True)
        cursors.add(cursor)
        params = {**params, "cursor": cursor}
    return Listing(list(found.values()), whole=False)


def _answer(item: dict[str, object], did: str) -> Answer | None:
    uri = post_uri(string(item.get("uri")))
    reply = record(record(item.get("value")).get("reply"))
    parent, root = reference(reply, "parent"), reference(reply, "root")
    return Answer(uri, parent, root) if uri and uri.did == did and parent and root else None


def _server(web: Recorder, plc_url: str, did: str) -> str:
    """The origin of the server that a DID document names."""
    if did.startswith("did:plc:"):
        exchange = web.ask(f"{plc_url.rstrip('/')}/{did}", bucket="bluesky:plc")
    elif did.startswith("did:web:"):
        host = unquote(did.removeprefix("did:web:"))
        if not HOST.fullmatch(host):
            raise BadAnswer(f"a DID without a host: {did[:40]}")
        exchange = web.ask(f"{web.http.base(host)}/.well-known/did.json", bucket=f"bluesky:{host}")
    else:
        raise BadAnswer(f"a DID of an unknown kind: {did[:40]}")
    for service in records(record(exchange.body).get("service")):
        if string(service.get("id")) in {"#atproto_pds", f"{did}#atproto_pds"}:
            return _origin(string(service.get("serviceEndpoint")))
    raise BadAnswer("the DID document names no server")


def _origin(endpoint: str) -> str:
    try:
        parts = urlsplit(endpoint)
    except ValueError as error:
        raise BadAnswer("the DID document names no address") from error
    if parts.scheme not in {"http", "https"} or not parts.netloc or "@" in parts.netloc:
        raise BadAnswer("the DID document names no address")
    return f"{parts.scheme}://{parts.netloc}"
