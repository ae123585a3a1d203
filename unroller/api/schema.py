"""The OpenAPI 3.1 document: what ninja knows of the operations, and what the door adds to all of them."""

from collections.abc import Iterator
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from django.conf import settings

from unroller.api import problems
from unroller.api.app import api
from unroller.api.door import KEY
from unroller.api.examples import example
from unroller.api.problems import Kind

Json = dict[str, Any]
PREFIX = "/api/v1/"
ALWAYS = (problems.UNAUTHORIZED, problems.PREMIUM, problems.TOO_MANY, problems.SERVER_ERROR)
WITH_BODY = (problems.BAD_REQUEST, problems.TOO_LARGE, problems.MEDIA_TYPE, problems.INVALID)
BESIDES = {
    "list_threads": (problems.NOT_FOUND,),
    "unroll": (problems.NOT_FOUND, problems.GONE),
    "get_thread": (problems.GONE,),
    "save_thread": (problems.NOT_FOUND, problems.CONFLICT, problems.GONE),
    "add_highlight": (problems.NOT_FOUND, problems.CONFLICT),
    "follow_author": (problems.CONFLICT,),
    "search": (problems.TOO_SLOW,),
}
"""What else goes wrong with an operation."""
DESCRIPTION = (
    "Read and change your library with your own programs. Every request carries a token, every list has cursors, and "
    "every error is a problem as RFC 9457 has it."
)
PROBLEM: Json = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Tells kinds apart, and leads to what it means."},
        "title": {"type": "string", "description": "What all of its kind have in common."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong this time, as a sentence."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Mistake"}},
        "offer": {"type": "string", "description": "Where premium is offered (402)."},
        "scope": {"type": "string", "description": "What the token lacks (403)."},
    },
}
MISTAKE: Json = {
    "type": "object",
    "description": "One thing that makes no sense. One of pointer, parameter and header says where it stands.",
    "required": ["detail"],
    "properties": {
        "pointer": {"type": "string", "description": "Into the body, as a JSON Pointer.", "examples": ["#/url"]},
        "parameter": {"type": "string", "description": "In the address."},
        "header": {"type": "string"},
        "detail": {"type": "string", "description": "What is wrong with it, as a sentence."},
    },
}
HEADERS: Json = {
    "RateLimit": {
        "description": "What is left, and in how many seconds there is more.",
        "example": '"requests";r=599;t=60',
    },
    "RateLimit-Policy": {"description": "How much in how many seconds.", "example": '"requests";q=600;w=60'},
    "Retry-After": {"description": "Seconds to wait."},
    "ETag": {"description": "What this answer is; send it as If-None-Match."},
    "Link": {"description": "The next page, as rel=next; missing at the end."},
    "Location": {"description": "Where it is, or will be."},
    "Idempotency-Replayed": {"description": "`true` when the request was done before."},
    "WWW-Authenticate": {"description": "Which kind of token is needed."},
}
PLACES: dict[str, tuple[str, Any]] = {
    "source": ("The first part of the thread's id.", "mastodon"),
    "path": ("The rest of the id, as it stands there.", "social.example/1122334455"),
    "tag": ("Its name.", "history"),
}
"""What is said of the parts of addresses: what they are, and an example."""
PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": f"^{KEY}$"},
        "description": "Any text that is new for every request. For a day, the same request with the same key gets "
        "the same answer, and is not done again.",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The ETag of an answer you have: 304 without a body while it is still true.",
    },
}


def document() -> Json:
    """The whole of it, new at each call."""
    made: Json = deepcopy(dict(api.get_openapi_schema(path_prefix=PREFIX)))
    made["info"] = {"title": f"{settings.SITE_NAME} API", "version": api.version, "description": DESCRIPTION}
    made["servers"] = [{"url": settings.SITE_URL}]
    components = made["components"]
    components["schemas"] |= {"Problem": PROBLEM, "Mistake": MISTAKE}
    components["headers"] = {name: {"schema": {"type": "string"}, **header} for name, header in HEADERS.items()}
    components["parameters"] = PARAMETERS
    components["securitySchemes"]["Bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "unr_…"}
    components["responses"] = {kind.name: _problem(kind) for kind in problems.KINDS}
    for name, schema in components["schemas"].items():
        if name.endswith("Change"):
            for each in schema["properties"].values():
                each.pop("default", None)
    for method, operation in operations(made):
        _complete(method, operation, components["schemas"])
    return made


def operations(made: Json) -> Iterator[tuple[str, Json]]:
    """Every operation of a document with its method."""
    for path in made["paths"].values():
        yield from path.items()


def kinds(method: str, operation: Json) -> list[Kind]:
    """Which problems an operation answers with."""
    found = [*ALWAYS, *BESIDES.get(operation["operationId"], ())]
    if method != "get":
        found.append(problems.SCOPE)
    if "requestBody" in operation:
        found += WITH_BODY
    if method == "post":
        found += [problems.RUNNING, problems.KEY_REUSED, problems.NOT_FOUND]
    places = {parameter["in"] for parameter in operation["parameters"]}
    found += [problems.NOT_FOUND] if "path" in places else []
    found += [problems.INVALID] if "query" in places or "path" in places else []
    return [kind for kind in problems.KINDS if kind in found]


def _complete(method: str, operation: Json, shapes: Json) -> None:
    """What the door does with every request and answer of an operation."""
    for parameter in operation["parameters"]:
        if parameter["in"] == "path" and parameter["name"] in PLACES:
            description, shown = PLACES[parameter["name"]]
            parameter |= {"description": description, "example": shown}
    for content in _contents(operation):
        content.setdefault("example", example(content["schema"], shapes))
    for status, answer in operation["responses"].items():
        names = ["RateLimit", "RateLimit-Policy"]
        names += ["ETag"] if method == "get" else []
        names += ["Link"] if any(parameter["name"] == "cursor" for parameter in operation["parameters"]) else []
        names += ["Idempotency-Replayed"] if method == "post" else []
        names += ["Location"] if method == "post" and (status != HTTPStatus.OK or "library" in str(answer)) else []
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if method == "get":
        operation["responses"][304] = {"description": "What you have is still true."}
        operation["parameters"].append({"$ref": "#/components/parameters/IfNoneMatch"})
    for kind in kinds(method, {**operation, "parameters": [p for p in operation["parameters"] if "in" in p]}):
        operation["responses"].setdefault(int(kind.status), {"$ref": f"#/components/responses/{kind.name}"})
    if method == "post":
        operation["parameters"].append({"$ref": "#/components/parameters/IdempotencyKey"})
    operation["responses"] = {str(status): each for status, each in sorted(operation["responses"].items())}


def _contents(operation: Json) -> Iterator[Json]:
    yield from operation.get("requestBody", {}).get("content", {}).values()
    for answer in operation["responses"].values():
        yield from answer.get("content", {}).values()


def _problem(kind: Kind) -> Json:
    headers = ["Retry-After"] if kind in {problems.TOO_MANY, problems.RUNNING} else []
    headers += ["WWW-Authenticate"] if kind is problems.UNAUTHORIZED else []
    shown = {
        "type": f"{settings.SITE_URL}/api/docs#problem-{kind.name}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": "…",
    }
    return {
        "description": kind.title,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}},
    }
