"""The document, its page and docs/api.md: what they say is so."""

import json
import re
import shlex
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import get_resolver
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from billing.plans import PREMIUM, Limit
from tests.api.calling import Program
from tests.pages.document import read
from tests.searches import wrote
from unroller.actions import indexing
from unroller.api import paging, problems, reference, schema
from unroller.api.examples import example, words

pytestmark = pytest.mark.django_db

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
COMMANDS = [
    command.replace("\\\n", " ")
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for command in re.split(r"\n(?=curl )", block.strip())
]


# The document


def test_the_document_is_open_to_all_and_costs_no_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == HTTPStatus.OK
    assert answer["Cache-Control"] == "public, max-age=3600"
    made = answer.json()
    assert made["openapi"] == "3.1.0"
    assert made["servers"] == [{"url": "http://localhost:8000"}]
    assert client.post("/api/v1/openapi.json").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_every_operation_is_documented_in_full() -> None:
    made = schema.document()
    for method, each in schema.operations(made):
        name = each["operationId"]
        assert all((each["summary"], each["description"])), name
        assert each["security"] == [{"Bearer": []}], name
        statuses = each["responses"]
        assert {"401", "402", "429", "500"} <= statuses.keys(), name
        assert ("403" in statuses) == (method != "get"), name
        assert ("304" in statuses) == (method == "get"), name
        assert ("415" in statuses) == ("requestBody" in each), name
        for parameter in each["parameters"]:
            assert "$ref" in parameter or parameter["in"] == "path" or parameter.get("description"), (name, parameter)


def test_every_reference_leads_somewhere_and_every_problem_is_told() -> None:
    made = schema.document()
    found = re.findall(r'"\$ref": "#/components/(\w+)/([\w-]+)"', json.dumps(made))
    assert [pair for pair in found if pair[1] not in made["components"][pair[0]]] == []
    told = {name for kind, name in found if kind == "responses"}
    # The first is never answered to a documented method, and a document has one answer to each status.
    assert told == {kind.name for kind in problems.KINDS} - {problems.METHOD.name, problems.KEY_REUSED.name}


def test_examples_fit_their_schemas() -> None:
    shapes = {"Name": {"type": "string"}}
    assert example({"$ref": "#/components/schemas/Name"}, shapes) == "…"
    assert example({"type": "array", "items": {"enum": ["a", "b"]}}, {}) == ["a"]
    assert example({"anyOf": [{"const": 3}, {"type": "null"}]}, {}) == 3
    properties = {"a": {"type": "boolean"}, "b": {"type": "string", "format": "date-time"}}
    whole = {"type": "object", "required": ["a"], "properties": properties}
    assert example(whole, {}, required_only=True) == {"a": False}
    assert example(whole, {}) == {"a": False, "b": "2026-03-01T12:00:00Z"}
    assert words({"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Name"}}, {"type": "null"}]}) == (
        "list of Name or null"
    )


# The page


def test_the_page_shows_every_operation_without_a_script(client: Client) -> None:
    answer = client.get("/api/docs")
    assert answer.status_code == HTTPStatus.OK
    page = answer.content.decode()
    made = schema.document()
    for path, methods in made["paths"].items():
        assert f"<code>{path}</code>" in page
        for each in methods.values():
            assert f'id="{each["operationId"]}"' in page
    for kind in problems.KINDS:
        assert f'id="problem-{kind.name}"' in page
    document = read(page)
    ids = [element["id"] for element in document.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    fragments = [element["href"][1:] for element in document.all("a") if element["href"].startswith("#")]
    assert [name for name in fragments if name not in ids] == []
    assert " style=" not in page
    assert f"{limits.API_REQUESTS.item.amount} requests a minute" in page


def test_operations_of_the_page_stand_by_subject() -> None:
    names = [group.name for group in reference.groups(schema.document())]
    assert names == ["Me", "Unrolls", "Threads", "Library", "Tags", "Highlights", "Authors", "Search"]


# docs/api.md


def test_the_guide_knows_every_problem_and_the_limits() -> None:
    rows = re.findall(r"^\| (\d+) \| `([\w-]+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    assert rows == [(str(int(kind.status)), kind.name, kind.title) for kind in problems.KINDS]
    for words_of_it in (
        f"| requests of a person, by all their tokens | {limits.API_REQUESTS.item.amount} a minute |",
        f"| {PREMIUM.limit(Limit.UNROLLS)} an hour, with those of the pages |",
        f"| searches of a person | {limits.SEARCHES.item.amount} a minute,",
        f"| look-ups of unknown authors | {limits.LOOKUPS.item.amount} an hour,",
        f"is {paging.USUAL} unless it is said, and at most {paging.MOST}",
    ):
        assert words_of_it in GUIDE, words_of_it


def test_the_commands_of_the_guide_do_what_they_say(program: Program, alice: User) -> None:
    wrote(1, "This post is a post.")
    indexing.index_due()
    assert len(COMMANDS) == 13
    for command in COMMANDS:
        answer = _run(program, command)
        assert answer.status_code in {200, 201, 202}, (command, answer.content)


def _run(program: Program, command: str) -> Any:
    """What curl would send."""
    name, *parts = shlex.split(command)
    assert name == "curl"
    method, body, address = "GET", None, ""
    while parts:
        part = parts.pop(0)
        if part == "-X":
            method = parts.pop(0)
        elif part == "-d":
            body = json.loads(parts.pop(0))
        elif part == "-H":
            assert parts.pop(0) in {"Authorization: Bearer $TOKEN", "Content-Type: application/json"}
        else:
            address = part
    found = urlsplit(address)
    assert found.path.startswith("/api/v1/")
    return program.send(method, f"{found.path.removeprefix('/api/v1')}?{found.query}", body)


def test_the_addresses_are_those_of_the_document() -> None:
    """Every path of the document leads behind the door, not to the one that stands for all others."""
    for path in schema.document()["paths"]:
        sample = re.sub(r"\{(unroll|lookup)_id\}", "0b9f2d5e-4c1a-4a55-9c0e-2f1d6a7b8c9d", path)
        sample = re.sub(r"\{\w+\}", "1", sample)
        assert get_resolver().resolve(sample).url_name != "api-nowhere", path
