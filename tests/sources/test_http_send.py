"""Bodies that are sent: once, nowhere else than to the address, and no further than the guard lets them."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sandbox import Sandbox, World
from unroller.core.errors import Refused, TooLarge, Unreachable
from unroller.sources.http import Http


@pytest.fixture
def web(sandbox: Sandbox) -> Iterator[Http]:
    with Http("tests", allowed=frozenset({urlsplit(sandbox.urls()["receiver"]).netloc})) as running:
        yield running


@pytest.fixture
def hook(sandbox: Sandbox) -> str:
    return sandbox.urls()["receiver"] + "/hook"


def headers() -> dict[str, str]:
    return {"Webhook-Id": "1", "Webhook-Timestamp": str(int(time.time()))}


def test_a_body_arrives_and_the_answer_comes_back(web: Http, hook: str, world: World) -> None:
    answer = web.send("POST", hook, b'{"event": "test"}', headers=headers())
    assert (answer.status, answer.body) == (204, b"")
    assert world.receiver.received[0].facts == {"event": "test"}


@pytest.mark.parametrize("kind", ["error", "close", "redirect"])
def test_it_is_sent_once_whatever_the_answer(web: Http, hook: str, world: World, kind: str) -> None:
    world.faults.add("receiver", kind, to=f"{hook}/elsewhere")  # type: ignore[arg-type]
    try:
        assert web.send("POST", hook, b"{}", headers=headers()).status in {302, 503}
    except Unreachable:
        assert kind == "close"
    assert len(world.log.of("receiver")) == 1
    assert world.receiver.received == []


def test_an_answer_is_read_as_far_as_is_allowed_or_not_at_all(web: Http, hook: str, world: World) -> None:
    world.faults.add("receiver", "error-html", times=2)
    with pytest.raises(TooLarge):
        web.send("POST", hook, b"{}", headers=headers(), most_bytes=5)
    assert web.send("POST", hook, b"{}", headers=headers(), most_bytes=0).body == b""


def test_an_answer_that_hangs_is_given_up_in_time(web: Http, hook: str, world: World) -> None:
    world.faults.add("receiver", "hang", seconds=10)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        web.send("POST", hook, b"{}", headers=headers(), total_seconds=0.3)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1/", "http://example.com/", "https://a:b@example.com/", "nonsense"]
)
def test_nothing_is_sent_where_nothing_is_read(web: Http, url: str) -> None:
    with pytest.raises(Refused):
        web.send("POST", url, b"{}", headers={})


def test_what_an_address_itself_forbids_is_known_before(web: Http, hook: str) -> None:
    web.check("https://hooks.example/path?key=1")
    web.check(hook)
    for url in ("http://hooks.example/", "https://hooks.example:444/", "https://"):
        with pytest.raises(Refused):
            web.check(url)
