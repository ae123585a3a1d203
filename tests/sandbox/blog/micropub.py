"""The Micropub endpoint of a blog: JSON that creates and updates entries, questions, and the media endpoint.

Entries are sent as JSON alone: the form of HTML pages, which the Recommendation knows too, is nobody's here.
"""

import email.policy
import json
import re
from datetime import datetime
from email.parser import BytesParser
from typing import Any

from ..wire import Json, RefusalError, Request, Response, json_response
from .network import Blog, Entry, Upload
from .oauth import Token

BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/=-]+)", re.IGNORECASE)
MOST_LISTED = 20


def answer(blog: Blog, request: Request) -> Response:
    """`GET` asks, `POST` creates or updates."""
    try:
        token = holder(blog, request)
        if request.method == "GET":
            return asked(blog, request)
        if request.method != "POST":
            return Response(405, headers={"Allow": "GET, POST"})
        body = read(request)
        if "action" in body:
            return updated(blog, body, token)
        return created(blog, body, token)
    except RefusalError as refused:
        return refused.response


def upload(blog: Blog, request: Request) -> Response:
    """The media endpoint: `POST` with one part named `file`, answered by 201 and its address."""
    try:
        need_scope(blog, holder(blog, request), "media", "create")
        kind = request.headers.get("content-type", "")
        if request.method != "POST" or not kind.startswith("multipart/form-data"):
            raise refusal("invalid_request", "a file comes as multipart/form-data")
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        message = BytesParser(policy=email.policy.HTTP).parsebytes(head + request.body)
        parts = [
            part for part in message.iter_parts() if part.get_param("name", header="content-disposition") == "file"
        ]
        if len(parts) != 1 or not parts[0].get_filename():
            raise refusal("invalid_request", "there is no part named file, or it has no name")
        body = parts[0].get_payload(decode=True)
        assert isinstance(body, bytes)
        name = f"{len(blog.uploads) + 1}-{re.sub(r'[^A-Za-z0-9.]+', '-', parts[0].get_filename() or '')}"
        blog.uploads[name] = Upload(name, parts[0].get_content_type(), body)
        return Response(201, headers={"Location": f"{blog.address}files/{name}"})
    except RefusalError as refused:
        return refused.response


def holder(blog: Blog, request: Request) -> Token:
    """Whose token a request carries. Raises RefusalError."""
    given = BEARER.fullmatch(request.headers.get("authorization", ""))
    if given is None:
        raise refusal("unauthorized", "no access token", 401, headers={"WWW-Authenticate": "Bearer"})
    token = blog.oauth.holder(given[1])
    if token is None:
        headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        raise refusal("unauthorized", "the access token is not good", 401, headers=headers)
    return token


def need_scope(blog: Blog, token: Token, *wanted: str) -> None:
    """Raises RefusalError."""
    if not set(wanted) & set(token.scopes):
        body = {"error": "insufficient_scope", "scope": wanted[0]}
        headers = {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{wanted[0]}"'}
        raise RefusalError(json_response(body, blog.scope_status, headers=headers))


def asked(blog: Blog, request: Request) -> Response:
    """What the blog can, and what stands on it."""
    match request.first("q"):
        case "config":
            media = {"media-endpoint": f"{blog.address}media"} if blog.has_media else {}
            return json_response({**media, "syndicate-to": []})
        case "syndicate-to":
            return json_response({"syndicate-to": []})
        case "source" if (url := request.first("url")) is not None:
            entry = blog.entry(url)
            if entry is None:
                raise refusal("invalid_request", "there is no such entry")
            wanted = request.query.get("properties[]") or request.query.get("properties") or []
            if wanted:
                found = {name: value for name, value in entry.properties.items() if name in wanted}
                return json_response({"properties": found})
            return json_response({"type": ["h-entry"], "properties": entry.properties})
        case "source" if blog.lists:
            limit = request.first("limit") or str(MOST_LISTED)
            most = min(int(limit) if limit.isdecimal() else MOST_LISTED, MOST_LISTED)
            return json_response({"items": [item(each) for each in blog.entries[::-1][:most]]})
    raise refusal("invalid_request", "this question is not known")


def item(entry: Entry) -> Json:
    return {"type": ["h-entry"], "properties": {**entry.properties, "url": [entry.url]}}


def created(blog: Blog, body: Json, token: Token) -> Response:
    """A new entry. With the scope `draft` alone it is a draft, whatever it says."""
    need_scope(blog, token, "create", "draft")
    if body.keys() - {"type", "properties"} or body.get("type") != ["h-entry"]:
        raise refusal("invalid_request", "type is not h-entry, or there is something beside type and properties")
    properties = checked(body.get("properties"))
    if "create" not in token.scopes:
        properties["post-status"] = ["draft"]
    entry = blog.create(properties)
    return Response(blog.created_status, headers={"Location": entry.url})


def updated(blog: Blog, body: Json, token: Token) -> Response:
    """Properties replaced, added and deleted; all of them or none."""
    if body["action"] != "update":
        raise refusal("invalid_request", "this action is not known")
    need_scope(blog, token, "update")
    entry = blog.entry(str(body.get("url")))
    if entry is None or body.keys() - {"action", "url", "replace", "add", "delete"} or len(body) < 3:
        raise refusal("invalid_request", "there is no such entry, or nothing to change")
    properties = dict(entry.properties)
    properties |= checked(body.get("replace", {}), entries=False)
    for name, values in checked(body.get("add", {}), entries=False).items():
        properties[name] = [*properties.get(name, []), *values]
    gone = body.get("delete", [])
    if isinstance(gone, list):
        properties = {name: values for name, values in properties.items() if name not in gone}
    else:
        for name, values in checked(gone, entries=False).items():
            properties[name] = [each for each in properties.get(name, []) if each not in values]
    entry.properties, entry.updates = properties, entry.updates + 1
    return Response(204)


def checked(given: Any, *, entries: bool = True) -> Json:
    """Properties, each a list that is not empty. Raises RefusalError."""
    if not isinstance(given, dict) or (entries and not given):
        raise refusal("invalid_request", "properties is no object")
    for name, values in given.items():
        if not isinstance(values, list) or not values:
            raise refusal("invalid_request", f"{name} is no list, or an empty one")
        if not all(map(KINDS.get(name, is_text), values)):
            raise refusal("invalid_request", f"{name} holds what it cannot")
    return dict(given)


def is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def is_address(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s]+", value) is not None


def is_content(value: Any) -> bool:
    if isinstance(value, dict):
        return bool(value) and value.keys() <= {"html", "value"} and all(map(is_text, value.values()))
    return is_text(value)


def is_photo(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"value", "alt"} and is_address(value["value"])
    return is_address(value)


def is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


KINDS = {
    "content": is_content,
    "photo": is_photo,
    "syndication": is_address,
    "published": is_moment,
    "post-status": lambda value: value in ("published", "draft"),
}


def read(request: Request) -> Json:
    """The body. Raises RefusalError."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise refusal("invalid_request", "entries come as application/json")
    try:
        found = json.loads(request.body)
    except ValueError as error:
        raise refusal("invalid_request", str(error)) from error
    if not isinstance(found, dict):
        raise refusal("invalid_request", "the body is no object")
    return found


def refusal(error: str, description: str, status: int = 400, *, headers: dict[str, str] | None = None) -> RefusalError:
    return RefusalError(json_response({"error": error, "error_description": description}, status, headers=headers))
