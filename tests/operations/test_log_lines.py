"""What real processes write: one JSON object a line, the request's number in the worker's too, and no secret at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import bell
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from unroller.models import Job

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = "qX3v_Y0mX0b1cUwJ7m0w3sT-9aB2dE4fG6hI8jK0lM1"
SPEAKING = f"""
import logging, django
django.setup()
from django.conf import settings
from django.test import Client
from unroller import readiness
words = logging.getLogger("speaking")
words.info("hello %s", "Wörld")
words.warning("GET /private/{LINK} with Authorization: Bearer abcdefgh1234")
words.error("the key is %s and %s", settings.SECRET_KEY, settings.X_BEARER_TOKEN)
try:
    raise ValueError("postgresql://us:hunter2hunter2@db/x refused\\nsecond line")
except ValueError:
    words.exception("it broke")
visitor = Client(headers={{"host": "localhost", "cookie": "sessionid=aaaabbbbcccc"}})
visitor.get("/nothing/{LINK}?code=SplxlOBeZQQ")
visitor.get("/a%0AWARNING+all+is+well%1B[2J")
"""
SECRETS = (LINK, "abcdefgh1234", "a-bearer-token-of-x", "only for tests", "hunter2", "SplxlOBeZQQ", "aaaabbbbcccc")


def spoken(form: str) -> list[str]:
    environ = {**os.environ, "LOG_FORMAT": form, "LOG_LEVEL": "INFO", "X_BEARER_TOKEN": "a-bearer-token-of-x"}
    environ |= {"DJANGO_SETTINGS_MODULE": "unroller.settings"}
    run = subprocess.run(
        [sys.executable, "-c", SPEAKING], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    return run.stdout.splitlines()


def test_json_is_one_object_a_line_without_secrets() -> None:
    lines = [json.loads(line) for line in spoken("json")]
    said = {line["event"].split()[0]: line for line in lines}
    assert said["hello"].keys() == {"time", "level", "logger", "event"}
    assert said["hello"]["event"] == "hello Wörld"
    assert said["hello"]["level"] == "info"
    assert said["hello"]["time"].endswith("Z")
    assert said["it"]["exception"].splitlines()[-1] == "second line"
    assert [line["view"] for line in lines if line["logger"] == "unroller.requests"] == ["none", "none"]
    assert not [secret for secret in SECRETS if secret in json.dumps(lines)]


def test_lines_for_people_have_no_secrets_either() -> None:
    text = "\n".join(spoken("line"))
    assert " INFO speaking hello Wörld\n" in text
    assert "GET /private/[hidden] " in text
    assert r"GET /a\x0aWARNING+all+is+well\x1b[2J 404 " in text
    assert not [secret for secret in SECRETS if secret in text]


@pytest.mark.django_db(transaction=True)
def test_a_requests_number_follows_into_the_tasks_it_rang_for(sandbox: Sandbox, client: Client) -> None:
    worker = Worker({**sandbox.env(), "LOG_FORMAT": "json"}, queues="fetch,clock")
    number = client.post("/unroll", {"url": "https://x.com/maralind/status/41"})["X-Request-ID"]
    Job.objects.create(source="x", key="42", why=Job.Why.ASKED)
    worker.start()
    try:
        bell.ring("unroller.sweep")
        until(lambda: len(tasks(worker, "unroller.fetch")) == 2, what="two tasks end")
        until(lambda: len(tasks(worker, "unroller.sweep")) == 1, what="the sweep ends")
    finally:
        worker.kill()
    fetches, (sweep,) = tasks(worker, "unroller.fetch"), tasks(worker, "unroller.sweep")
    numbers = {line["request_id"] for line in fetches}
    assert number in numbers
    assert len({*numbers, sweep["request_id"]}) == 3
    assert all(line["task_id"] in line["event"] for line in fetches)


def tasks(worker: Worker, name: str) -> list[dict[str, Any]]:
    """The lines about the ends of tasks of a name."""
    lines = [json.loads(line) for line in worker.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("task") == name and " succeeded " in line["event"]]


def test_what_concerns_security_is_written_at_every_level() -> None:
    words = (
        "import django\ndjango.setup()\nfrom accounts import security as it\nit.note(it.Event.SIGNED_IN, 7, way='code')"
    )
    environ = {**os.environ, "LOG_LEVEL": "ERROR", "LOG_FORMAT": "json", "DJANGO_SETTINGS_MODULE": "unroller.settings"}
    run = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    line = json.loads(run.stdout)
    assert (line["logger"], line["security"], line["person"], line["way"]) == (
        "accounts.security",
        "signed-in",
        7,
        "code",
    )
