"""The pretend API v2: `identity`, `members/{id}` and a campaign's members, as strict as the real one or stricter."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs

from ..wire import Json, RefusalError, Request, Response, json_response
from .model import Member
from .network import Patreon
from .oauth import Grant, RefusedError
from .shapes import FIELDS, INCLUDES, Asked, document, identity, included, member_resource

TOKEN_PATH = "/api/oauth2/token"
V2 = "/api/oauth2/v2/"
MEMBER = re.compile(r"members/([0-9a-f-]{36})")
MEMBERS = re.compile(r"campaigns/(\d+)/members")
MOST_ON_A_PAGE = 1000
ON_A_PAGE = 100
FORM = "application/x-www-form-urlencoded"


class PatreonApi:
    """Answers with JSON, errors too."""

    def __init__(self, network: Patreon) -> None:
        self._network = network

    def __call__(self, request: Request) -> Response:
        try:
            if not request.headers.get("user-agent"):
                raise refusal(403, "Forbidden", "requests without a User-Agent are dropped")
            if request.path == TOKEN_PATH:
                return self._token(request)
            if request.method != "GET" or not request.path.startswith(V2):
                raise refusal(404, "NotFound", f"no {request.method} {request.path}")
            return json_response(self._read(request, request.path.removeprefix(V2)), content_type=JSON_API)
        except RefusalError as refused:
            return refused.response

    def _token(self, request: Request) -> Response:
        try:
            if request.method != "POST" or request.headers.get("content-type", "").partition(";")[0] != FORM:
                raise RefusedError("invalid_request", f"the body is not {FORM}")
            body = self._network.oauth.token(parse_qs(request.body.decode(), keep_blank_values=True))
        except RefusedError as error:
            return json_response({"error": error.error, "error_description": error.description}, error.status)
        return json_response(body)

    def _read(self, request: Request, what: str) -> Json:
        bearer = bearer_of(request)
        if what == "identity":
            grant = self._network.oauth.holder(bearer)
            if grant is None or "identity" not in grant.ask.scopes:
                raise unauthorized()
            return self._identity(grant, asked(request, "identity", frozenset()))
        if bearer != self._network.creator_token:
            raise unauthorized()
        if found := MEMBER.fullmatch(what):
            return self._member(found[1], asked(request, "member", frozenset()))
        if found := MEMBERS.fullmatch(what):
            return self._members(found[1], request)
        raise refusal(404, "NotFound", f"no such resource: {what}")

    def _identity(self, grant: Grant, wanted: Asked) -> Json:
        """Without `identity.memberships` only what concerns the app's own campaign is told."""
        theirs = [each for each in self._network.members.values() if each.person == grant.person]
        if "identity.memberships" not in grant.ask.scopes:
            theirs = [each for each in theirs if each.campaign == self._network.campaign]
        return identity(grant.person, theirs, wanted, self._network.members.values())

    def _member(self, number: str, wanted: Asked) -> Json:
        """A creator sees their own members alone."""
        member = self._network.members.get(number)
        if member is None or member.campaign != self._network.campaign:
            raise refusal(404, "ResourceMissing", f"no member {number}")
        return document(member, wanted, self._network.members.values())

    def _members(self, campaign: str, request: Request) -> Json:
        if campaign != self._network.campaign.id:
            raise refusal(404, "ResourceMissing", f"no campaign {campaign}")
        wanted = asked(request, "member", frozenset({"page[count]", "page[cursor]"}))
        ours = [each for each in self._network.members.values() if each.campaign.id == campaign]
        page, following = cut(ours, count_of(request), request.first("page[cursor]"))
        body: Json = {
            "data": [member_resource(each, wanted) for each in page if each.id not in self._network.left_out],
            "meta": {"pagination": {"cursors": {"next": following}, "total": len(ours)}},
        }
        if beside := included(page, wanted, self._network.members.values()):
            body["included"] = beside
        if following:
            body["links"] = {"next": f"https://www.patreon.com{request.path}?page[cursor]={following}"}
        return body


JSON_API = "application/vnd.api+json"


def asked(request: Request, kind: str, others: frozenset[str]) -> Asked:
    """Reads `include` and `fields[…]`. Raises RefusalError for any parameter, resource or field that is not known."""
    fields: dict[str, frozenset[str]] = {}
    for name in request.query:
        resource = name.removeprefix("fields[").removesuffix("]")
        if name == f"fields[{resource}]" and resource in FIELDS:
            fields[resource] = frozenset(request.listed(name))
            if unknown := fields[resource] - FIELDS[resource]:
                raise refusal(400, "ParameterInvalid", f"{', '.join(sorted(unknown))} is no field of {resource}")
        elif name not in {"include", *others}:
            raise refusal(400, "ParameterInvalid", f"{name} is not a parameter here")
    include = frozenset(request.listed("include"))
    if unknown := include - INCLUDES[kind]:
        raise refusal(400, "ParameterInvalid", f"{', '.join(sorted(unknown))} cannot be included")
    return Asked(include, fields)


def count_of(request: Request) -> int:
    said = request.first("page[count]") or str(ON_A_PAGE)
    if not said.isdecimal() or not 1 <= int(said) <= MOST_ON_A_PAGE:
        raise refusal(400, "ParameterInvalid", f"page[count] is 1 to {MOST_ON_A_PAGE}")
    return int(said)


def cut(members: list[Member], count: int, cursor: str | None) -> tuple[list[Member], str | None]:
    """A page, and the cursor of the next; a cursor is the id of the last member before it."""
    numbers = [each.id for each in members]
    if cursor and cursor not in numbers:
        raise refusal(400, "ParameterInvalid", "page[cursor] is not good")
    start = numbers.index(cursor) + 1 if cursor else 0
    page = members[start : start + count]
    return page, page[-1].id if start + count < len(members) else None


def bearer_of(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


def unauthorized() -> RefusalError:
    return refusal(401, "Unauthorized", "The server could not verify that you are authorized to access the URL.")


def refusal(status: int, name: str, detail: str) -> RefusalError:
    """An error in JSON:API's shape."""
    error: Mapping[str, object] = {
        "code": 1 if status == 401 else 4,
        "code_name": name,
        "detail": detail,
        "id": "4f2a8f3c-5d0e-4f0b-9f6f-0b7d3c1a2e9d",
        "status": str(status),
        "title": detail,
    }
    return RefusalError(json_response({"errors": [error]}, status, content_type=JSON_API))
