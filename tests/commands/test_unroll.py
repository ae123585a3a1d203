"""`manage.py unroll`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World

ROOT = Path(__file__).resolve().parent.parent.parent


def unroll(sandbox: Sandbox, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "unroll", *arguments],
        cwd=ROOT,
        env={**os.environ, **sandbox.env()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def a_link(world: World, count: int = 4) -> str:
    posts = world.x.thread(world.x.person("maralind"), [f"Post {number} & more." for number in range(1, count + 1)])
    return world.x.link(posts[-1])


def test_the_thread_is_json_on_stdout_and_progress_on_stderr(world: World, sandbox: Sandbox) -> None:
    run = unroll(sandbox, a_link(world), "--format", "json")
    thread = json.loads(run.stdout)
    assert run.returncode == 0
    assert thread["completeness"] == {"state": "complete", "reasons": []}
    assert [post["text"] for post in thread["posts"]] == [f"Post {number} & more." for number in range(1, 5)]
    assert (thread["post_count"], thread["author"]["handle"]) == (4, "maralind")
    assert "4 posts so far" in run.stderr


@pytest.mark.parametrize(("form", "sign"), [("text", "Post 4 & more."), ("markdown", "---\ntitle:")])
def test_it_prints_text_and_markdown(world: World, sandbox: Sandbox, form: str, sign: str) -> None:
    run = unroll(sandbox, a_link(world), "--format", form)
    assert run.returncode == 0
    assert sign in run.stdout


@pytest.mark.parametrize(
    ("link", "code"), [("https://x.com/a/status/1700000000000000001", "Gone"), ("no link at all", "NotAPost")]
)
def test_what_cannot_be_done_is_one_line_and_exit_1(world: World, sandbox: Sandbox, link: str, code: str) -> None:
    run = unroll(sandbox, link)
    assert (run.returncode, run.stdout) == (1, "")
    assert code in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_a_short_rate_limit_is_waited_for(world: World, sandbox: Sandbox) -> None:
    link = a_link(world)
    world.faults.add("x", "rate-limited", seconds=2)
    run = unroll(sandbox, link, "--format", "json")
    assert run.returncode == 0
    assert "waiting" in run.stderr


def test_a_long_rate_limit_is_not_waited_for_and_its_end_is_named(world: World, sandbox: Sandbox) -> None:
    link = a_link(world)
    world.faults.add("x", "rate-limited", seconds=600)
    run = unroll(sandbox, link)
    assert run.returncode == 1
    assert "UTC" in run.stderr
