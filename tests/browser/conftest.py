"""The whole site as `make run` starts it, and a browser."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.processes import until

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Site(NamedTuple):
    """A running site: its address, and the links of the sandbox's shelf."""

    address: str
    links: list[dict[str, Any]]

    def link(self, network: str, word: str = "") -> str:
        """The address of a shelf thread of a network whose title or note holds a word."""
        return next(
            str(link["url"])
            for link in self.links
            if link["network"].lower() == network and word.lower() in f"{link['title']} {link['note']}".lower()
        )


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`manage.py up` in an empty data folder."""
    data = tmp_path_factory.mktemp("site")
    port = _free_port()
    hidden = {"DATABASE_URL", "REDIS_URL", "X_BEARER_TOKEN", "FETCH_ALLOW_HOSTS", "DATA_DIR", "PORT"}
    environ = {name: value for name, value in os.environ.items() if name not in hidden}
    with (data / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**environ, "DATA_DIR": str(data), "PORT": str(port), "UNROLLS_AN_HOUR": "1000"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://localhost:{port}"
    try:
        until(lambda: process.poll() is not None or _answers(address), what=f"site ready ({data}/up.log)", seconds=60)
        assert process.poll() is None, (data / "up.log").read_text()
        yield Site(address, json.loads((data / "sandbox.json").read_text())["links"])
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, where the machine has one."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        warnings.warn("NO CHROMIUM HERE: the browser journeys are skipped", UserWarning, stacklevel=1)
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without cookies, at desktop width."""
    fresh = browser.new_context(viewport={"width": 1280, "height": 900})
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails the test when anything is refused by the Content-Security-Policy or throws."""
    opened = context.new_page()
    problems: list[str] = []
    opened.on("pageerror", lambda error: problems.append(str(error)))
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield opened
    assert problems == []


def _answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
