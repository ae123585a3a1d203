"""Where files lie, as the setting says it: bad ones fail by name, and no key is said aloud."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.test_settings import ROOT
from unroller import file_store
from unroller.host_checks import several_machines_share_what_they_must

SECRET = "h1dden"
BAD = {
    "another service": f"ftp://key:{SECRET}@files.example/bucket",
    "no host": "s3:///bucket",
    "no bucket": f"s3://key:{SECRET}@files.example",
    "two buckets": f"s3://key:{SECRET}@files.example/one/two",
    "a slash in the secret": f"s3://key:{SECRET}/more@files.example/bucket",
    "digits before the slash": f"s3://key:123/{SECRET}@files.example/bucket",
    "a question mark in the secret": f"s3://key:{SECRET}?more@files.example/bucket",
    "half a key": f"s3://{SECRET}@files.example/bucket",
    "a port that is none": f"s3://key:{SECRET}@files.example:{SECRET}/bucket",
    "an unknown option": f"s3://key:{SECRET}@files.example/bucket?{SECRET}=1",
    "a prefix that leads out": f"s3://key:{SECRET}@files.example/bucket?prefix=../{SECRET}",
    "a region that is none": f"s3://key:{SECRET}@files.example/bucket?region=EU/{SECRET}",
    "Amazon without a region": f"s3://key:{SECRET}@s3.eu-central-1.amazonaws.com/bucket",
    "plain to somebody else": f"s3+plain://key:{SECRET}@files.example:9000/bucket",
    "plain to another port": f"s3+plain://key:{SECRET}@minio:9001/bucket",
}


def place(monkeypatch: pytest.MonkeyPatch, value: str) -> dict[str, Any]:
    monkeypatch.setenv("STORAGE_URL", value)
    return file_store.read("STORAGE_URL", folder=Path("/files"), plain_hosts=frozenset(["minio:9000"]))


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_a_bad_value_fails_by_name_and_says_no_key(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^STORAGE_URL ") as said:
        place(monkeypatch, value)
    assert SECRET.lower() not in str(said.value).lower()
    assert said.value.__cause__ is None


def test_a_bad_value_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = os.environ | {"STORAGE_URL": BAD["a slash in the secret"]}
    command = [sys.executable, "-c", "import unroller.settings"]
    run = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "STORAGE_URL" in run.stderr.splitlines()[-1]
    assert SECRET not in run.stderr + run.stdout


def test_without_one_files_lie_in_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    found = place(monkeypatch, "")
    assert found["OPTIONS"] == {"location": Path("/files")}
    assert not file_store.is_shared(found)


def test_every_part_of_one_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "s3://KEY:a%2Fb%2Bc@files.example:8443/our-bucket?region=eu-1&prefix=/sites/unroller/"
    options = place(monkeypatch, value)["OPTIONS"]
    assert options == {
        "bucket_name": "our-bucket",
        "location": "sites/unroller",
        "endpoint_url": "https://files.example:8443",
        "region_name": "eu-1",
        "addressing_style": "path",
        "access_key": "KEY",
        "secret_key": "a/b+c",
        "security_token": None,
        "session_profile": None,
    }


@pytest.mark.parametrize(
    ("value", "endpoint", "style"),
    [
        ("s3://minio:9000/bucket", "https://minio:9000", "path"),
        ("s3+plain://minio:9000/bucket", "http://minio:9000", "path"),
        ("s3+plain://127.0.0.1:9000/bucket", "http://127.0.0.1:9000", "path"),
        ("s3+plain://[::1]:9000/bucket", "http://[::1]:9000", "path"),
        (
            "s3://s3.eu-central-1.amazonaws.com/bucket?region=eu-central-1",
            "https://s3.eu-central-1.amazonaws.com",
            "virtual",
        ),
    ],
)
def test_encryption_is_left_out_only_where_an_operator_says_so(
    monkeypatch: pytest.MonkeyPatch, value: str, endpoint: str, style: str
) -> None:
    options = place(monkeypatch, value)["OPTIONS"]
    assert (options["endpoint_url"], options["addressing_style"]) == (endpoint, style)
    assert "access_key" not in options  # the machine's own role


def test_a_shared_place_wants_a_shared_key_and_shared_servers(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    assert several_machines_share_what_they_must() == []
    settings.STORAGES = settings.STORAGES | {"default": place(monkeypatch, "s3://minio:9000/bucket")}
    assert [each.id for each in several_machines_share_what_they_must()] == ["unroller.E010", "unroller.W010"]
    for name in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "named")
    assert several_machines_share_what_they_must() == []
