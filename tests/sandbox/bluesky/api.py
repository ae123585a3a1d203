"""Three servers of the pretend Bluesky: the AppView, the PLC directory, a personal data server."""

import re
from collections.abc import Callable

from ..wire import Json, RefusalError, Request, Response, json_response
from .desk import Desk
from .feeds import FILTERS, author_feed
from .model import Person
from .network import BlueskyNetwork
from .records import COLLECTION, record
from .sessions import rate_headers
from .trees import Tree
from .views import Views

AT_URI = re.compile(r"at://[^/\s]+/[a-zA-Z0-9.]+/[A-Za-z0-9._:~-]+")
HANDLE = re.compile(r"(?=.{3,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*")
MOST_URIS = 25
MOST_DEPTH = 1000
CALLS = 3000
FIVE_MINUTES = 300

Method = Callable[[Request], Response]


def dispatch(request: Request, methods: dict[str, Method]) -> Response:
    """Calls the XRPC method a path names."""
    name = request.path.removeprefix("/xrpc/")
    method = methods.get(name) if request.path.startswith("/xrpc/") and request.method == "GET" else None
    if method is None:
        return json_response({"error": "MethodNotImplemented", "message": "Method Not Implemented"}, 501)
    try:
        return method(request)
    except RefusalError as error:
        return error.response


class AppView:
    """`https://public.api.bsky.app`: no account needed, no limits told."""

    def __init__(self, network: BlueskyNetwork) -> None:
        self._network = network
        self._methods: dict[str, Method] = {
            "app.bsky.actor.getProfile": self._profile,
            "app.bsky.feed.getPostThread": self._post_thread,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.getAuthorFeed": self._author_feed,
            "com.atproto.identity.resolveHandle": self._resolve_handle,
        }

    def __call__(self, request: Request) -> Response:
        return dispatch(request, self._methods)

    def _post_thread(self, request: Request) -> Response:
        """400 NotFound for a missing anchor; a smaller cap on depth of the server's own is not told."""
        uri = required(request, "uri")
        if not AT_URI.fullmatch(uri):
            raise invalid("Error: uri must be a valid at-uri")
        depth = number(request, "depth", default=6, least=0, most=MOST_DEPTH)
        height = number(request, "parentHeight", default=80, least=0, most=MOST_DEPTH)
        post = self._network.find(uri)
        if post is None or not post.exists:
            raise refusal("NotFound", f"Post not found: {uri}")
        tree = Tree(self._network, self._views(request))
        depth = min(depth, self._network.most_depth)
        return Response(200, tree.text(post, depth=depth, height=height).encode())

    def _posts(self, request: Request) -> Response:
        """The posts that exist; missing ones are left out without a word."""
        uris = request.query.get("uris", []) + request.query.get("uris[]", [])
        if not uris:
            raise invalid('Error: Params must have the property "uris"')
        if len(uris) > MOST_URIS:
            raise invalid(f"Error: uris must not have more than {MOST_URIS} elements")
        if any(not AT_URI.fullmatch(uri) for uri in uris):
            raise invalid("Error: uris/0 must be a valid at-uri")
        found = (self._network.find(uri) for uri in dict.fromkeys(uris))
        views = self._views(request)
        return json_response({"posts": [views.post(post) for post in found if post and post.exists]})

    def _author_feed(self, request: Request) -> Response:
        person = self._actor(request)
        kind = request.first("filter") or FILTERS[0]
        if kind not in FILTERS:
            raise invalid(f"Error: filter must be one of ({'|'.join(FILTERS)})")
        limit = number(request, "limit", default=50, least=1, most=100)
        cursor, views = request.first("cursor"), self._views(request)
        return json_response(author_feed(self._network, views, person, limit=limit, cursor=cursor, kind=kind))

    def _profile(self, request: Request) -> Response:
        return json_response(self._views(request).profile(self._actor(request)))

    def _actor(self, request: Request) -> Person:
        """Whom `actor` names by handle or DID. Raises RefusalError with what the AppView calls their absence."""
        person = self._network.resolve(required(request, "actor"))
        if person is None or person.standing == "deleted":
            raise invalid("Profile not found")
        if person.standing == "takendown":
            raise refusal("AccountTakedown", "Account has been suspended")
        if person.standing == "deactivated":
            raise refusal("AccountDeactivated", "Account is deactivated")
        return person

    def _resolve_handle(self, request: Request) -> Response:
        handle = required(request, "handle")
        if not HANDLE.fullmatch(handle):
            raise invalid("Error: handle must be a valid handle")
        person = self._network.resolve(handle)
        if person is None or person.standing == "deleted":
            raise invalid("Unable to resolve handle")
        return json_response({"did": person.did})

    def _views(self, request: Request) -> Views:
        return Views(self._network, request.headers.get("atproto-accept-labelers"))


class PlcDirectory:
    """`https://plc.directory`: a DID's document, which names the data server."""

    def __init__(self, network: BlueskyNetwork) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        did = request.path.removeprefix("/")
        person = self._network.people.get(did) if did.startswith("did:plc:") else None
        if person is None:
            return json_response({"message": f"DID not registered: {did}"}, 404)
        if person.standing == "deleted":
            return json_response({"message": f"DID not available: {did}"}, 410)
        document = did_document(person, self._network)
        return json_response(document, content_type="application/did+ld+json; charset=utf-8")


class DataServer:
    """A personal data server: the records themselves, and the document of its did:web."""

    def __init__(self, network: BlueskyNetwork) -> None:
        self._network = network
        self._methods: dict[str, Method] = {"com.atproto.repo.listRecords": self._list_records}
        self._desk = Desk(network)

    def __call__(self, request: Request) -> Response:
        if request.path == "/.well-known/did.json":
            return self._did_web()
        allowance = self._network.windows.take("pds", CALLS, seconds=FIVE_MINUTES)
        headers = rate_headers(allowance, FIVE_MINUTES)
        if not allowance.allowed:
            body = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            return json_response(body, 429, headers=headers)
        response = self._desk.answer(request) or dispatch(request, self._methods)
        response.headers = headers | response.headers
        return response

    def _did_web(self) -> Response:
        owners = [person for person in self._network.people.values() if person.did.startswith("did:web:")]
        if not owners:
            return Response(404, b"not found", "text/plain")
        return json_response(did_document(owners[0], self._network))

    def _list_records(self, request: Request) -> Response:
        """Newest first, oldest first with `reverse`; the cursor is the last key, until a page is empty."""
        repo, collection = required(request, "repo"), required(request, "collection")
        limit = number(request, "limit", default=50, least=1, most=100)
        person = self._network.resolve(repo)
        if person is None or person.standing == "deleted":
            raise refusal("RepoNotFound", f"Could not find repo: {repo}")
        if person.standing:
            raise refusal("RepoTakendown" if person.standing == "takendown" else "RepoDeactivated", repo)
        posts = self._network.written_by(person) if collection == COLLECTION else []
        reverse, cursor = request.first("reverse") == "true", request.first("cursor")
        ordered = [post for post in (posts if reverse else posts[::-1]) if not post.deleted]
        if cursor:
            ordered = [post for post in ordered if (post.rkey > cursor if reverse else post.rkey < cursor)]
        page = ordered[:limit]
        records = [{"uri": post.uri, "cid": post.cid, "value": record(post, self._network)} for post in page]
        body: Json = {"records": records}
        return json_response({**body, "cursor": page[-1].rkey} if page else body)


def did_document(person: Person, network: BlueskyNetwork) -> Json:
    service = {
        "id": "#atproto_pds",
        "type": "AtprotoPersonalDataServer",
        "serviceEndpoint": network.ground.addresses.pds,
    }
    key = {
        "id": f"{person.did}#atproto",
        "type": "Multikey",
        "controller": person.did,
        "publicKeyMultibase": "zQ3shunBKsXixLxKtC5qeSG9E4J5RkGN57im31pcTzbNQnm5w",
    }
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": person.did,
        "alsoKnownAs": [f"at://{person.handle}"],
        "verificationMethod": [key],
        "service": [service],
    }


def required(request: Request, name: str) -> str:
    value = request.first(name)
    if not value:
        raise invalid(f'Error: Params must have the property "{name}"')
    return value


def number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.first(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d+", text):
        raise invalid(f"Error: {name} must be an integer")
    if int(text) < least:
        raise invalid(f"Error: {name} can not be less than {least}")
    if int(text) > most:
        raise invalid(f"Error: {name} can not be greater than {most}")
    return int(text)


def invalid(message: str) -> RefusalError:
    return refusal("InvalidRequest", message)


def refusal(error: str, message: str) -> RefusalError:
    return RefusalError(json_response({"error": error, "message": message}, 400))
