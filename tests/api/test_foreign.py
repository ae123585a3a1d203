"""What is another member's is answered as what is nobody's, whatever is asked of it, and stays as it was."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from accounts.models import User
from tests.api.calling import Program
from tests.attack.people import rows_of
from unroller.api import schema
from unroller.api.examples import example

DOCUMENT = schema.document()
NOBODYS = {
    "saved_id": 2_147_483_000,
    "highlight_id": 2_147_483_000,
    "author_id": 2_147_483_000,
    "lookup_id": "00000000-0000-0000-0000-00000000000f",
    "tag": "nothing",
}
OF_EVERYBODY = {"source", "path", "unroll_id"}
"""Threads are public, and so is how far one is, for whoever knows its unroll's id."""
PLACES = [
    (method, path)
    for path, operations in DOCUMENT["paths"].items()
    for method in operations
    if set(re.findall(r"{(\w+)}", path)) & NOBODYS.keys()
]


def test_every_part_of_an_address_is_somebodys_or_everybodys() -> None:
    parts = {part for path in DOCUMENT["paths"] for part in re.findall(r"{(\w+)}", path)}
    assert parts == NOBODYS.keys() | OF_EVERYBODY


@pytest.mark.parametrize(("method", "path"), PLACES)
def test_what_is_somebody_elses_is_answered_as_what_is_nobodys(
    alice: User, stranger: Program, here: Mapping[str, Any], method: str, path: str
) -> None:
    before = rows_of(alice)
    contents = DOCUMENT["paths"][path][method].get("requestBody", {}).get("content", {})
    bodies = [example(each["schema"], DOCUMENT["components"]["schemas"]) for each in contents.values()]
    answers = []
    for named in (here, NOBODYS):
        address = path.format_map({name: quote(str(value)) for name, value in named.items()})
        answer = stranger.send(method.upper(), address.removeprefix("/api/v1"), *bodies)
        answers.append((answer.status_code, answer.content.replace(str(named.get("tag")).encode(), b"...")))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert rows_of(alice) == before
