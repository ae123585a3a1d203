"""What every answer says to a browser about itself: all addresses, as a guest and signed in, errors and files."""

import os
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import path
from pytest_django import Settings

from tests.api.calling import Program
from tests.follows import a_reader
from tests.threads import a_thread
from tests.views.addresses import addresses
from unroller import media, pages, serving
from unroller.answers import DENIED, NOTHING
from unroller.bodies import LONG, MOST_BYTES, Bodies
from unroller.gate import READERS, Gate
from unroller.pages import StoredPages
from unroller.proxied import Proxied
from unroller.serving import Leaving

pytestmark = pytest.mark.django_db

CHATTER = ("Server", "X-Powered-By", "X-Runtime", "X-AspNet-Version", "Via")
PUBLIC = {"thread", "practice-thread", "author-feed", "opensearch", "media", "manifest"}
"""Routes whose answers may be the same for everybody: caches in between may keep them."""
SAID = (
    ("X-Content-Type-Options", "^nosniff$"),
    ("X-Frame-Options", "^DENY$"),
    ("Cross-Origin-Opener-Policy", "^same-origin$"),
    ("Cross-Origin-Resource-Policy", "^(same|cross)-origin$"),
    ("Referrer-Policy", "^(strict-origin-when-cross-origin|same-origin|no-referrer)$"),
    ("Permissions-Policy", "^" + ", ".join(rf"{name}=\(\)" for name in DENIED)),
    ("Strict-Transport-Security", "^max-age=31536000"),
    ("Cache-Control", "."),
    ("Content-Type", r'^(?!text/|application/[^;]*xml)[^;]+|^[^;]+(; version=[\d.]+)?; charset=(utf-8|"utf-8")$'),
)
"""What every answer says, as patterns. A picture that is XML (SVG) names its characters by itself."""


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a mistake of ours")


urlpatterns = [path("broken", broken)]
handler404 = "django.views.defaults.page_not_found"


@pytest.fixture
def behind_tls(settings: Settings) -> None:
    """As a real site."""
    settings.SITE_URL = "https://testserver"
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.ALLOWED_HOSTS = ["testserver"]


class Browser(Client):
    """One that came by https."""

    def request(self, **request: Any) -> Any:
        return super().request(**request | {"wsgi.url_scheme": "https"})


def a_browser() -> Client:
    return Browser(raise_request_exception=False)


def problems(answer: HttpResponseBase, *, secure: bool = True) -> list[str]:
    """What is wrong with the headers of an answer."""
    kept = {name: answer.get(name, "") for name, _ in SAID if secure or name != "Strict-Transport-Security"}
    found = [f"{name}: {kept[name]}" for name, said in SAID if name in kept and not re.search(said, kept[name])]
    return [*found, *(f"chatter: {name}" for name in CHATTER if name in answer), *policy_problems(answer)]


def policy_problems(answer: HttpResponseBase) -> list[str]:
    """What is wrong with its Content-Security-Policy."""
    text = answer.get("Content-Security-Policy", "")
    policy = dict(part.partition(" ")[::2] for part in text.split("; "))
    wanted = {"default-src": "'none'", "frame-ancestors": "'none'"}
    if "sandbox" not in policy:
        wanted |= {"script-src": "'self'", "style-src": "'self'", "base-uri": "'none'"}
    loose = [word for word in ("unsafe", "nonce-", "data:") if word in text]
    return [*loose, *(f"{name}: {text}" for name, value in wanted.items() if policy.get(name) != value)]


def all_problems(client: Client, method: str, *, may_be_public: bool) -> dict[str, list[str]]:
    """Every address, asked for once."""
    found = {}
    for name, address in addresses().items():
        answer = getattr(client, method)(address)
        wrong = problems(answer)
        keeping = answer.get("Cache-Control", "")
        is_shared = "public" in keeping or "private" not in keeping
        if is_shared and name not in PUBLIC and "cookie" in answer.get("Vary", "").lower():
            wrong.append(f"personal, and {keeping}")
        if is_shared and not may_be_public and answer.cookies:
            wrong.append(f"a cookie for everybody: {keeping}")
        if not may_be_public and "cookie" in answer.get("Vary", "").lower() and "no-store" not in keeping:
            wrong.append(f"a reader's, and browsers keep it: {keeping}")
        if wrong:
            found[f"{name} {answer.status_code}"] = wrong
    return found


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.usefixtures("behind_tls")
def test_every_address_says_so_to_a_guest(method: str) -> None:
    a_thread(3)
    client = a_browser()
    assert all_problems(client, method, may_be_public=True) == {}


@pytest.mark.usefixtures("behind_tls")
def test_and_to_a_reader_whose_answers_nobody_else_may_keep() -> None:
    a_thread(3)
    client = a_browser()
    client.force_login(a_reader("alice", premium=True))
    assert all_problems(client, "get", may_be_public=False) == {}


@pytest.mark.usefixtures("behind_tls")
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (lambda client: client.get("/nothing/here"), 404),
        (lambda client: client.get("/unroll%00"), 404),
        (lambda client: client.delete("/"), 405),
        (lambda client: client.get("/", headers={"host": "elsewhere.example"}), 400),
        (lambda client: client.get("/account"), 302),
        (lambda client: client.get("/api/v1/me"), 401),
        (lambda client: client.post("/billing/stripe/webhook", b"{}", "application/json"), 400),
        (lambda client: client.get("/admin/"), 302),
    ],
    ids=["missing", "null", "method", "host", "sign-in", "api", "webhook", "admin"],
)
def test_errors_and_redirects_say_it_too(ask: Callable[[Client], HttpResponse], status: int) -> None:
    answer = ask(a_browser())
    assert (answer.status_code, problems(answer)) == (status, [])


@pytest.mark.usefixtures("behind_tls")
def test_a_mistake_of_ours_says_it_too_and_nothing_of_itself(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.views.test_headers"
    answer = a_browser().get("/broken")
    assert (answer.status_code, problems(answer)) == (500, [])
    assert b"a mistake of ours" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.usefixtures("behind_tls")
def test_plain_http_is_sent_to_https_and_gets_no_cookie() -> None:
    answer = Client().get("/account")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/account")
    assert problems(answer, secure=False) == []
    assert not answer.cookies


@pytest.mark.usefixtures("behind_tls")
def test_static_files_say_it_and_may_be_shown_elsewhere() -> None:
    client = a_browser()
    page = client.get("/").content.decode()
    for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = client.get(address)
        answer.close()
        assert (answer.status_code, problems(answer)) == (200, [])
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.usefixtures("behind_tls")
def test_a_strangers_picture_is_never_a_page() -> None:
    answer = a_browser().get(media.address("https://nowhere.invalid/a.png"))
    assert answer["Content-Security-Policy"] == NOTHING
    assert problems(answer) == []


@pytest.mark.usefixtures("behind_tls")
def test_answers_to_a_token_say_it_and_are_kept_by_nobody() -> None:
    program = Program(a_reader("alice", premium=True))
    program.client = a_browser()
    answer = program.get("/me")
    assert (answer.status_code, problems(answer)) == (200, [])
    assert answer["Cache-Control"] == "private, no-cache"


class Site:
    """All layers in front of Django with Django behind them, at a moment that does not pass; its visitors come through
    a proxy."""

    def __init__(self) -> None:
        self.bodies = Bodies(WSGIHandler())
        self._application = Proxied(Leaving(StoredPages(Gate(self.bodies, lambda: 0.0))))

    def __call__(self, path: str, *, scheme: str = "https", **more: Any) -> HttpResponse:
        headers = {"Host": "testserver", "X-Forwarded-Proto": scheme, "X-Forwarded-For": "93.184.216.34"}
        environ = RequestFactory(headers=headers).get(path).META
        answers: list[HttpResponse] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            answers.append(HttpResponse(status=int(status[:3]), headers=dict(headers)))

        body = self._application({**environ, "wsgi.input": BytesIO(), **more}, start)
        answers[0].content = b"".join(body)
        return answers[0]


@pytest.fixture
def site(behind_tls: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """No request ends with the test's connection."""
    settings.TRUSTED_PROXIES = (ip_network("127.0.0.1/32"),)
    monkeypatch.setenv(serving.MARK, str(tmp_path / "leaving"))
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Site()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def flooded(site: Site, **more: Any) -> HttpResponse:
    for _ in range(int(READERS.burst)):
        assert site("/healthz", **more).status_code == 200
    return site("/", **more)


def held_up(site: Site, **more: Any) -> HttpResponse:
    for _ in range(LONG.in_all):
        site.bodies._long.begin("")
    return site("/archives", CONTENT_LENGTH=str(MOST_BYTES + 1), **more)


def leaving(site: Site, **more: Any) -> HttpResponse:
    Path(os.environ[serving.MARK]).touch()
    return site("/healthz", **more)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (flooded, 429),
        (held_up, 503),
        (leaving, 503),
        (lambda site, **more: site("/unroll", CONTENT_LENGTH=str(MOST_BYTES + 1), **more), 413),
        (lambda site, **more: site("/unroll", CONTENT_LENGTH="8", **more), 400),
    ],
    ids=["flood", "held up", "leaving", "too large", "cut off"],
)
def test_refusals_before_django_say_it_too(
    site: Site, ask: Callable[..., HttpResponse], status: int, scheme: str
) -> None:
    answer = ask(site, scheme=scheme)
    assert (answer.status_code, problems(answer, secure=scheme == "https")) == (status, [])
    assert answer["Cache-Control"] == "no-store"
    assert ("Strict-Transport-Security" in answer) == (scheme == "https")
    assert answer["Content-Length"] == str(len(answer.content))


def test_stored_pages_say_it_too(site: Site) -> None:
    a_thread(3)
    site("/thread/x/1")
    assert pages.look_up("/thread/x/1") is not None
    answer = site("/thread/x/1")
    assert (answer.status_code, problems(answer)) == (200, [])
    answer = site("/thread/x/1", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (answer.status_code, problems(answer)) == (304, [])
