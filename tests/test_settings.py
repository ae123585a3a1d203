"""Settings: documented, in the example, and failing by name."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from unroller import env

ROOT = Path(__file__).resolve().parent.parent


def example() -> dict[str, str]:
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_the_example_has_every_setting_with_its_default() -> None:
    assert example() == env.REGISTERED


def test_every_setting_is_documented_and_nothing_else() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert sorted(table) == sorted(env.REGISTERED)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("UNROLLS_AN_HOUR", "many"),
        ("UNROLLS_AN_HOUR", "0"),
        ("X_DIALECT", "klingon"),
        ("SITE_URL", "unroller.example"),
        ("BLUESKY_JETSTREAM_URL", "https://jetstream.example/subscribe"),
        ("DATABASE_URL", "mysql://a/b"),
        ("LOG_LEVEL", "LOUD"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("SECRET_KEY_FILE", "/nonexistent/key"),
        ("EMAIL_URL", "mail.example:25"),
        ("EMAIL_URL", "smtp://"),
        ("EMAIL_URL", "smtp://us@mail.example"),
        ("EMAIL_URL", "smtp://:secret@mail.example"),
        ("EMAIL_URL", "smtp://mail.example:high"),
        ("EMAIL_URL", "pigeon://us:secret@mail.example"),
        ("EMAIL_URL", "postmark://"),
        ("EMAIL_URL", "mailgun://key@"),
        ("EMAIL_URL", "mailjet://key@"),
        ("EMAIL_URL", "mailgun://key@wool.example?api_url=eu"),
        ("LOG_FORMAT", "yaml"),
        ("SENTRY_DSN", "sentry.example/1"),
        ("SENTRY_DSN", "https://sentry.example/1"),
        ("DEFAULT_FROM_EMAIL", "Unroller"),
        ("DEFAULT_FROM_EMAIL", "Unroller <mail@>"),
        ("DEFAULT_FROM_EMAIL", "a@wool.example, b@wool.example"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    environ = {key: text for key, text in os.environ.items() if key != name.removesuffix("_FILE")} | {name: value}
    run = subprocess.run(
        [sys.executable, "-c", "import unroller.settings"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert name.removesuffix("_FILE") in run.stderr.splitlines()[-1]


def test_a_secret_may_come_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hidden\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(secret))
    try:
        assert env.text("SOME_SECRET") == "hidden"
    finally:
        env.REGISTERED.pop("SOME_SECRET")


def test_the_stream_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_STREAM", "off")
    try:
        assert env.stream("SOME_STREAM", "wss://stream.example") == ""
    finally:
        env.REGISTERED.pop("SOME_STREAM")


def test_every_source_is_documented() -> None:
    sources = (ROOT / "docs" / "sources.md").read_text()
    for folder in (ROOT / "unroller" / "sources").iterdir():
        if (folder / "__init__.py").exists():
            assert f"`{folder.name}`" in sources, folder.name


@pytest.mark.parametrize(
    ("given", "x", "bluesky"),
    [
        ({}, ["http://127.0.0.1:1", "pretend"], "http://127.0.0.1:2"),
        ({"X_BEARER_TOKEN": "real"}, ["https://api.x.com", "real"], "http://127.0.0.1:2"),
        ({"X_BEARER_TOKEN_FILE": "key"}, ["https://api.x.com", "real"], "http://127.0.0.1:2"),
        ({"X_CLIENT_ID": "real"}, ["https://api.x.com", ""], "http://127.0.0.1:2"),
        (
            {"BLUESKY_APPVIEW_URL": "https://public.api.bsky.app"},
            ["http://127.0.0.1:1", "pretend"],
            "https://public.api.bsky.app",
        ),
    ],
)
def test_the_sandbox_stands_in_for_what_is_not_set_up_and_gets_no_real_key(
    tmp_path: Path, given: dict[str, str], x: list[str], bluesky: str
) -> None:
    said = {"X_API_URL": "http://127.0.0.1:1", "X_BEARER_TOKEN": "pretend", "BLUESKY_APPVIEW_URL": "http://127.0.0.1:2"}
    (tmp_path / "sandbox.json").write_text(json.dumps({"pid": os.getpid(), "env": said, "links": []}))
    (tmp_path / "key").write_text("real")
    named = {name: str(tmp_path / value) if name.endswith("_FILE") else value for name, value in given.items()}
    asking = (
        "import json; from unroller import settings as s;"
        "print(json.dumps([s.X_API_URL, s.X_BEARER_TOKEN, s.BLUESKY_APPVIEW_URL]))"
    )
    environ = {**os.environ, "DATA_DIR": str(tmp_path), **named}
    run = subprocess.run(
        [sys.executable, "-c", asking], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == [*x, bluesky]
