"""The whole site as `make run` starts it, and a browser."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.missing import program
from tests.processes import free_port, until

ROOT = Path(__file__).resolve().parent.parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
EXPECTED = ("402 (Payment Required)", "422 (Unprocessable Entity)")
"""How the pretend Stripe's page answers a card that is declined, and this site a wrong link: Chromium tells of every
such answer."""
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


class Site(NamedTuple):
    """A running site: its address, the links of the sandbox's shelf, and the sandbox's own doors."""

    address: str
    links: list[dict[str, Any]]
    networks: str
    """Where the sandbox takes orders."""
    mail: str
    """Where it shows the mail that arrived."""
    stripe: str
    """The pretend Stripe."""
    stage: str
    """Where somebody mentions the bot."""
    data: Path
    """The data folder, which nobody but this site uses."""

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
    port = free_port()
    hidden = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "PORT"}
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
        until(lambda: process.poll() is not None or _is_ready(data), what=f"site ready ({data}/up.log)", seconds=180)
        assert process.poll() is None, (data / "up.log").read_text()
        state = json.loads((data / "sandbox.json").read_text())
        pretend = state["env"]
        doors = pretend["X_API_URL"], state["mail"], pretend["STRIPE_API_URL"], state["stage"]
        yield Site(address, state["links"], *doors, data)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, where the machine has one."""
    path = program(*BROWSERS, untested="the journeys in a browser")
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
    opened.on(
        "console",
        lambda said: (
            problems.append(said.text)
            if said.type == "error" and not any(each in said.text for each in EXPECTED)
            else None
        ),
    )
    yield opened
    assert problems == []


@pytest.fixture
def mail(site: Site) -> Iterator[httpx.Client]:
    """The sandbox's page of mail that arrived."""
    with httpx.Client(base_url=site.mail) as client:
        yield client


def letters(mail: httpx.Client, to: str) -> list[dict[str, Any]]:
    """All mails to an address, the newest first."""
    found: list[dict[str, Any]] = mail.get("/messages.json", params={"to": to}).json()
    return found


def codes(mail: httpx.Client, to: str) -> list[str]:
    """The codes in all mails to an address, the newest first."""
    return [code for each in letters(mail, to) for code in re.findall(r"\b\d{6}\b", each["text"])]


def new_code(mail: httpx.Client, to: str, *, known: int) -> str:
    """The code in a mail that arrives after so many codes; waits for it."""
    until(lambda: len(codes(mail, to)) > known, what="the mail with the code")
    return codes(mail, to)[0]


def sign_in(page: Page, mail: httpx.Client, to: str) -> None:
    """From the sign-in page, by a code, to wherever it leads."""
    known = len(codes(mail, to))
    page.get_by_label("Your e-mail address").fill(to)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("The code").fill(new_code(mail, to, known=known))
    page.get_by_label("The code").press("Enter")


def _is_ready(data: Path) -> bool:
    """Whether it said so: the web server answers before the pretend Stripe has its prices."""
    return " is ready: " in (data / "up.log").read_text()
