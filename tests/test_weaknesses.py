"""Where weaknesses are told, and what `make check` says about known ones."""

import json
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.auditing import verdict

UNKNOWN = {"name": "ours", "skip_reason": "not found"}


def test_security_txt_says_where_and_until_when(client: Client, settings: Settings) -> None:
    settings.SITE_URL, settings.CONTACT_EMAIL = "https://unroll.example", "us@unroll.example"
    answer = client.get("/.well-known/security.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    lines = [line.partition(": ")[::2] for line in answer.content.decode().splitlines()]
    said = dict(lines)
    assert [value for name, value in lines if name == "Contact"] == [
        "mailto:us@unroll.example",
        "https://unroll.example/contact",
    ]
    left = datetime.fromisoformat(said["Expires"]) - timezone.now()
    assert timedelta(days=170) < left < timedelta(days=365)
    assert said["Canonical"] == "https://unroll.example/.well-known/security.txt"


def test_a_known_weakness_ends_the_check() -> None:
    found = {"name": "django", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
    status, sentence = verdict(json.dumps({"dependencies": [found, UNKNOWN]}))
    assert (status, sentence) == (1, "Known weaknesses:\n  django 1.0: PYSEC-1")


def test_packages_that_are_asked_for_and_well_say_so() -> None:
    well = {"name": "django", "version": "1.0", "vulns": []}
    assert verdict(json.dumps({"dependencies": [well]})) == (0, "No known weakness in 1 packages.")


@pytest.mark.parametrize("said", ["", "nonsense", "{}", "[]", json.dumps({"dependencies": [UNKNOWN]})])
def test_a_service_that_is_not_reached_is_said_loudly_and_ends_nothing(said: str) -> None:
    status, sentence = verdict(said)
    assert status == 0
    assert sentence.startswith("NOT AUDITED")
