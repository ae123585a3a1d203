"""What the guarded client asks for, how often, and how much of an answer it takes."""

import socket
import ssl
import time
from pathlib import Path

import certifi
import pytest
import trustme

from tests.sources.loopback import CLOSE, Loopback, Serve, answer, get, head, in_turn, silent
from unroller.core.errors import BadAnswer, Unreachable
from unroller.sources import http
from unroller.sources.http import MOST_REDIRECTS, Http

MEGABYTE = 1024 * 1024


def test_an_answer_comes_with_status_headers_body_and_address(serve: Serve) -> None:
    server = serve(lambda _: [answer(b"no such post", status=404, headers=["X-Thing: A", "Link: <b>"])])
    with Http("Agent 1", allowed=frozenset({server.host})) as client:
        got = client.get(f"{server.url}/a?b=c", headers={"Authorization": "Bearer key"})
    assert (got.status, got.body, got.url) == (404, b"no such post", f"{server.url}/a?b=c")
    assert (got.headers["x-thing"], got.headers["link"]) == ("A", "<b>")
    assert server.paths == ["/a?b=c"]
    assert server.asked[0].headers["user-agent"] == "Agent 1"
    assert server.asked[0].headers["authorization"] == "Bearer key"


def test_a_connection_is_kept_for_the_next_question(serve: Serve) -> None:
    server = serve(lambda _: [answer(b"1")])
    with Http("test", allowed=frozenset({server.host})) as client:
        for _ in range(3):
            client.get(server.url)
    assert (len(server.asked), server.connections) == (3, 1)


def test_a_kept_connection_outlives_the_deadline_of_its_first_answer(serve: Serve) -> None:
    server = serve(lambda _: [answer(b"1")])
    with Http("test", allowed=frozenset({server.host})) as client:
        client.get(server.url, total_seconds=0.2)
        time.sleep(0.25)
        assert client.get(server.url).body == b"1"
    assert server.connections == 1


def test_the_environment_names_no_proxy(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, server = serve(lambda _: [answer(b"proxy")]), serve(lambda _: [answer(b"server")])
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert get(server) == b"server"
    assert proxy.connections == 0


def test_cookies_are_not_kept(serve: Serve) -> None:
    server = serve(lambda _: [answer(b"", headers=["Set-Cookie: who=you; Path=/"])])
    with Http("test", allowed=frozenset({server.host})) as client:
        client.get(server.url)
        client.get(server.url)
    assert [question.headers.get("cookie") for question in server.asked] == [None, None]


@pytest.mark.parametrize("trusted", [True, False])
def test_https_is_spoken_with_those_who_can_prove_their_name(
    trusted: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    if trusted:
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "authority.pem"))
    with Loopback(lambda _: [answer(b"safe")], tls=tls) as server:
        client = Http("test", allowed=frozenset({server.host}))
        with client:
            if trusted:
                assert client.get(f"https://{server.host}/").body == b"safe"
            else:
                with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
                    client.get(f"https://{server.host}/")
    assert bool(server.asked) == trusted


def test_a_redirect_is_followed_and_the_answer_says_where_it_came_from(serve: Serve) -> None:
    server = serve(in_turn(answer(status=302, headers=["Location: ../b?c=d"]), answer(b"there")))
    with Http("test", allowed=frozenset({server.host})) as client:
        got = client.get(f"{server.url}/a/x", headers={"Authorization": "key"})
    assert (got.url, got.body) == (f"{server.url}/b?c=d", b"there")
    assert [question.headers.get("authorization") for question in server.asked] == ["key", "key"]


def test_a_key_is_not_shown_to_another_host_nor_again_on_the_way_back(serve: Serve) -> None:
    first, other = serve(lambda _: []), serve(lambda _: [])
    first.script = in_turn(answer(status=307, headers=[f"Location: {other.url}/b"]), answer(b"home"))
    other.script = in_turn(answer(status=301, headers=[f"Location: {first.url}/c"]))
    with Http("test", allowed=frozenset({first.host, other.host})) as client:
        assert client.get(f"{first.url}/a", headers={"Authorization": "key"}).body == b"home"
    assert [question.headers.get("authorization") for question in first.asked] == ["key", None]
    assert [question.headers.get("authorization") for question in other.asked] == [None]


def test_a_circle_of_redirects_ends_without_a_second_round(serve: Serve) -> None:
    server = serve(lambda _: [answer(status=302, headers=["Location: /again"])])
    with pytest.raises(BadAnswer, match="redirects"):
        get(server)
    assert len(server.asked) == MOST_REDIRECTS + 1


def test_a_redirect_to_nowhere_is_an_answer_or_a_bad_one(serve: Serve) -> None:
    assert get(serve(lambda _: [answer(b"choose", status=302)])) == b"choose"
    with pytest.raises(BadAnswer):
        get(serve(lambda _: [answer(status=302, headers=["Location: https://[broken"])]))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_asked_about_once_more(serve: Serve, status: int) -> None:
    recovering, down = serve(in_turn(answer(status=status), answer(b"well"))), serve(in_turn(answer(status=status)))
    assert get(recovering) == b"well"
    with Http("test", allowed=frozenset({down.host})) as client:
        assert client.get(down.url).status == status
    assert (len(recovering.asked), len(down.asked)) == (2, 2)


@pytest.mark.parametrize("status", [200, 204, 400, 401, 402, 403, 404, 410, 429])
def test_any_other_status_is_final(serve: Serve, status: int) -> None:
    server = serve(lambda _: [head(status=204) if status == 204 else answer(status=status)])
    with Http("test", allowed=frozenset({server.host})) as client:
        assert client.get(server.url).status == status
    assert len(server.asked) == 1


def test_a_server_that_hangs_up_is_asked_once_more(serve: Serve) -> None:
    recovering, down = serve(in_turn(CLOSE, answer(b"well"))), serve(in_turn(CLOSE))
    assert get(recovering) == b"well"
    with pytest.raises(Unreachable):
        get(down)
    assert (len(recovering.asked), len(down.asked)) == (2, 2)


def test_a_silent_server_is_asked_once_more(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.1)
    server = serve(silent(0.5))
    with pytest.raises(Unreachable, match="ReadTimeout"):
        get(server)
    assert len(server.asked) == 2


def test_a_refused_connection_is_tried_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[object] = []
    connect = socket.create_connection

    def counted(address: tuple[str, int], *args: object, **kwargs: object) -> socket.socket:
        tries.append(address)
        return connect(address, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", counted)
    with Loopback(lambda _: []) as server:
        pass
    with pytest.raises(Unreachable, match="ConnectError"):
        get(server)
    assert len(tries) == 2
