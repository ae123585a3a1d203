"""The document of the API, and the page that people read: made of the same, with no script."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from accounts import limits
from unroller.api import problems, schema
from unroller.api.examples import example, words
from unroller.api.problems import Kind

HOUR = 3600
CODE = (mark_safe("<code>"), mark_safe("</code>"))  # nosec B308  # our own
SHOWN_PROBLEMS = (problems.NOT_FOUND, problems.CONFLICT, problems.GONE, problems.INVALID, problems.TOO_SLOW)
"""The kinds that are worth a word beside an operation; the others can happen anywhere."""


class Field(NamedTuple):
    """A parameter, or a member of a body or an answer."""

    name: str
    kind: str
    description: str
    is_required: bool = False


class Operation(NamedTuple):
    """An operation, as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: list[Field]
    curl: str
    answers: list[tuple[str, str, str]]
    """Status, name of the shape, example."""
    problems: list[Kind]


class Group(NamedTuple):
    """Operations about one thing."""

    name: str
    operations: list[Operation]


class Shape(NamedTuple):
    """What the members of an answer mean."""

    name: str
    description: str
    fields: list[Field]


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/openapi.json`: open to all."""
    response = JsonResponse(_document(settings.SITE_URL, settings.SITE_NAME), json_dumps_params={"ensure_ascii": False})
    patch_cache_control(response, public=True, max_age=HOUR)
    return response


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """`GET /api/docs`: the same for people."""
    made = _document(settings.SITE_URL, settings.SITE_NAME)
    context = {
        "groups": groups(made),
        "shapes": list(_shapes(made)),
        "problems": problems.KINDS,
        "requests": limits.API_REQUESTS.item.amount,
    }
    return render(request, "api/docs.html", context)


def groups(made: Mapping[str, Any]) -> list[Group]:
    """The operations of a document, by what they are about."""
    found = groupby(_operations(made), key=lambda pair: pair[0])
    return [Group(name, [operation for _, operation in each]) for name, each in found]


@cache
def _document(site_url: str, site_name: str) -> dict[str, Any]:
    """Made once for a site's settings."""
    return schema.document()


def _operations(made: Mapping[str, Any]) -> Iterator[tuple[str, Operation]]:
    shapes = made["components"]["schemas"]
    for path, methods in made["paths"].items():
        for method, each in methods.items():
            parameters = [parameter for parameter in each["parameters"] if "in" in parameter]
            body = each.get("requestBody", {}).get("content", {}).get("application/json", {})
            yield (
                each["tags"][0],
                Operation(
                    each["operationId"],
                    method.upper(),
                    path,
                    each["summary"],
                    _prose(each["description"]),
                    [_parameter(parameter) for parameter in parameters],
                    _members(shapes, body["schema"]) if body else [],
                    _curl(method, path, parameters, body and example(body["schema"], shapes, required_only=True)),
                    list(_answers(each)),
                    [kind for kind in _told(each) if kind in SHOWN_PROBLEMS],
                ),
            )


def _prose(text: str) -> SafeString:
    """A description with its `names` as code."""
    parts = enumerate(text.split("`"))
    return format_html_join("", "{}{}{}", ((CODE[0], part, CODE[1]) if n % 2 else ("", part, "") for n, part in parts))


def _told(operation: Mapping[str, Any]) -> list[Kind]:
    names = {answer.get("$ref", "").rpartition("/")[2] for answer in operation["responses"].values()}
    return [kind for kind in problems.KINDS if kind.name in names]


def _answers(operation: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            content = answer.get("content", {}).get("application/json")
            shown = json.dumps(content["example"], ensure_ascii=False, indent=2) if content else ""
            yield status, words(content["schema"]) if content else "", shown


def _parameter(parameter: Mapping[str, Any]) -> Field:
    kind = words(parameter["schema"])
    return Field(parameter["name"], kind, _prose(parameter.get("description", "")), parameter["required"])


def _members(shapes: Mapping[str, Any], of: Mapping[str, Any]) -> list[Field]:
    found = shapes[words(of)]
    required = found.get("required", ())
    return [
        Field(name, words(each), _prose(each.get("description", "")), name in required)
        for name, each in found["properties"].items()
    ]


def _shapes(made: Mapping[str, Any]) -> Iterator[Shape]:
    """Every object that answers hold; the bodies of requests stand beside their operations."""
    shapes = made["components"]["schemas"]
    bodies = {
        words(content["schema"])
        for _, each in schema.operations(dict(made))
        for content in each.get("requestBody", {}).get("content", {}).values()
    }
    for name in sorted(shapes.keys() - bodies):
        if "properties" in shapes[name]:
            described = {"$ref": f"#/components/schemas/{name}"}
            yield Shape(name, _prose(shapes[name].get("description", "")), _members(shapes, described))


def _curl(method: str, path: str, parameters: list[dict[str, Any]], body: Any) -> str:
    """A request as one types it."""
    needed = [each for each in parameters if each["required"]]
    values = {each["name"]: example({**each["schema"], **_given(each)}, {}) for each in needed}
    address = path.format(**{name: value for name, value in values.items() if f"{{{name}}}" in path})
    query = urlencode({each["name"]: values[each["name"]] for each in needed if each["in"] == "query"})
    asked = f"{settings.SITE_URL}{address}{'?' if query else ''}{query}"
    lines = [f"curl '{asked}'", '-H "Authorization: Bearer $TOKEN"']
    if method != "get":
        lines[0] = f"curl -X {method.upper()} '{asked}'"
    if body:
        lines += ["-H 'Content-Type: application/json'", f"-d '{json.dumps(body, ensure_ascii=False)}'"]
    return " \\\n  ".join(lines)


def _given(parameter: Mapping[str, Any]) -> dict[str, Any]:
    """The example that stands beside a parameter's schema, where there is one."""
    found = [parameter["example"]] if "example" in parameter else parameter.get("examples")
    return {"examples": found} if found else {}
