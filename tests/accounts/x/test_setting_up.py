"""Signing in with X as an operator sets it up."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import CheckMessage
from django.test import Client
from pytest_django import Settings

from tests.accounts.x.crossing import CALLBACK, LOGIN, SIGN_IN_PAGE
from unroller import checks

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.django_db
def test_without_keys_there_is_no_button_and_no_address(client: Client, settings: Settings) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"x": {"APPS": []}}
    assert LOGIN not in client.get(SIGN_IN_PAGE).content.decode()
    for address in (LOGIN, CALLBACK):
        assert client.get(address).status_code == 404
    assert client.post(LOGIN).status_code == 404


@pytest.mark.django_db
def test_with_keys_there_is_a_button_that_keeps_the_place(client: Client, app: None) -> None:
    page = client.get(SIGN_IN_PAGE, {"next": "/thread/x/1"}).content.decode()
    assert LOGIN in page
    assert re.search(r"/thread/x/1|%2Fthread%2Fx%2F1", page)


@pytest.mark.parametrize(
    ("given", "origins"),
    [({}, []), ({"X_CLIENT_ID": "id"}, ["https://x.com"])],
)
def test_the_form_may_lead_to_x_only_when_keys_are_set(given: dict[str, str], origins: list[str]) -> None:
    asking = (
        "import json; from unroller import settings;"
        "print(json.dumps(settings.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']))"
    )
    run = subprocess.run(
        [sys.executable, "-c", asking],
        cwd=ROOT,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == ["'self'", *origins]


def ids(found: list[CheckMessage]) -> list[str | None]:
    return [each.id for each in found]


def test_half_a_pair_of_keys_is_pointed_out(settings: Settings) -> None:
    for client_id, secret, expected in (
        ("", "", []),
        ("id", "secret", []),
        ("", "secret", ["unroller.W003"]),
        ("id", "", ["unroller.W004"]),
    ):
        settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = client_id, secret
        assert ids(checks.keys_of_x_go_together()) == expected


def test_x_comes_back_by_https(settings: Settings) -> None:
    settings.X_CLIENT_ID, settings.SITE_URL = "id", "http://unroller.example"
    assert ids(checks.x_comes_back_by_https()) == ["unroller.E002"]
    settings.SITE_URL = "https://unroller.example"
    assert ids(checks.x_comes_back_by_https()) == []
    settings.X_CLIENT_ID, settings.SITE_URL = "", "http://unroller.example"
    assert ids(checks.x_comes_back_by_https()) == []
