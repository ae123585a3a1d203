"""docs/running.md against what it speaks of: secrets are made, services are there, updates exchange them all."""

import re

import pytest

from tests.deploying.test_compose import BEFORE_MIGRATING, COMPOSE, OURS, SERVICES, UNITS
from tests.processes import ROOT
from unroller import env, file_store

STARTED = r"docker compose up --detach --no-deps(?: --wait)? ([a-z0-9 -]+)"
"""How documents start services: their names."""


def test_the_document_makes_every_secret_and_leads_to_the_storage_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    document = (ROOT / "docs" / "running.md").read_text()
    assert {secret["file"] for secret in COMPOSE["secrets"].values()} <= set(re.findall(r"secrets/[a-z-]+", document))
    (url,) = re.findall(r'^echo "(s3\S+)" > secrets/storage-url$', document, re.MULTILINE)
    (allowed,) = re.findall(r"^echo STORAGE_ALLOW_HOSTS=(\S+) >> site.env$", document, re.MULTILINE)
    monkeypatch.setenv("STORAGE_URL", url.replace("$key:$secret", "0a:0b"))
    place = file_store.read("STORAGE_URL", folder=ROOT, plain_hosts=frozenset({allowed}))
    assert place["OPTIONS"]["endpoint_url"] == f"http://{allowed}"
    name, port = allowed.split(":")
    assert f"-s3.port={port}" in SERVICES[name]["command"]
    assert set(SERVICES[name]["networks"]) <= set(SERVICES["fetch"]["networks"])
    assert f"s3.bucket.create -name {place['OPTIONS']['bucket_name']}'" in document


def test_files_that_hold_secrets_are_for_one_user_alone() -> None:
    document = (ROOT / "docs" / "running.md").read_text()
    assert "\nmkdir --mode=0700 secrets" in document
    for path in (COMPOSE["x-site"]["env_file"][0]["path"], "/etc/unroller/settings.env"):
        assert f"install --mode=0600 /dev/null {path}" in document


def test_the_document_names_only_what_is_there() -> None:
    document = (ROOT / "docs" / "running.md").read_text()
    units = {path.stem.rstrip("@") for path in UNITS.glob("unroller*")}
    assert set(re.findall(r"(?:start|restart|unit|enable --now|--no-block) '?(unroller-\w+)", document)) <= units
    services = {name for names in re.findall(STARTED, document) for name in names.split()}
    assert len(services) > 9
    assert services <= set(SERVICES)
    variables = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text()))
    assert set(re.findall(r"^([A-Z_]+)=", document, re.MULTILINE)) <= set(env.REGISTERED) | variables
    assert set(re.findall(r"`(\w+_REPLICAS)`", document)) <= variables


@pytest.mark.parametrize(
    ("begin", "end"), [("## Updates", "**Back to the release"), ("## Two servers", "## What of this")]
)
def test_the_document_names_every_service_of_ours_and_those_of_a_profile_apart(begin: str, end: str) -> None:
    """None stays on the old release; and Compose starts what is named, also where nobody asked for its profile."""
    document = (ROOT / "docs" / "running.md").read_text()
    recipe = document[document.index(begin) : document.index(end)]
    commands = [set(names.split()) & set(OURS) for names in re.findall(STARTED, recipe)]
    assert set().union(*commands) == set(OURS) - set(BEFORE_MIGRATING)
    assert all(len({str(OURS[name].get("profiles")) for name in names}) <= 1 for names in commands)
