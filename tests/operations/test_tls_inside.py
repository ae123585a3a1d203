"""`rediss://`: every client of Redis that the site has speaks TLS, and with nobody who cannot prove their name."""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import django_redis.client
import pytest
import redis
import trustme
from django.conf import settings as live
from limits.storage import RedisStorage

from unroller import env
from unroller.celery import app, proving

Clients = dict[str, Callable[[str], object]]


class Tunnel:
    """TLS in front of the tests' own server."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _run(self) -> None:
        while True:
            try:
                visitor, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(visitor,), daemon=True).start()

    def _carry(self, visitor: socket.socket) -> None:
        within = urlsplit(live.REDIS_URL)
        try:
            with (
                self._context.wrap_socket(visitor, server_side=True) as outer,
                socket.create_connection((within.hostname or "", within.port or 0)) as inner,
            ):
                while True:
                    ready = [outer] if outer.pending() else select.select([outer, inner], [], [])[0]
                    for each in ready:
                        data = each.recv(65536)
                        if not data:
                            return
                        (inner if each is outer else outer).sendall(data)
        except OSError:  # whoever does not believe the certificate hangs up
            visitor.close()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tunnel(authority: trustme.CA) -> Iterator[Tunnel]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    running = Tunnel(context)
    yield running
    running.close()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return f"ssl_ca_certs={path}"


def address(tunnel: Tunnel, query: str, host: str = "localhost") -> str:
    within = urlsplit(live.REDIS_URL)
    return f"rediss://:{within.password}@{host}:{tunnel.port}/0{query and '?'}{query}"


def bell(url: str) -> None:
    with app.connection_for_write(proving(url)) as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        connection.default_channel.client.ping()


def cache(url: str) -> None:
    client = django_redis.client.DefaultClient(url, {"OPTIONS": {}}, None)
    client.get_client().ping()


CLIENTS: Clients = {
    "ours": lambda url: redis.Redis.from_url(url).ping(),
    "cache": cache,
    "limits": lambda url: RedisStorage(url).storage.ping(),
    "bell": bell,
}


@pytest.mark.parametrize("name", CLIENTS)
def test_a_server_that_proves_its_name_is_spoken_with(name: str, tunnel: Tunnel, trusted: str) -> None:
    CLIENTS[name](address(tunnel, trusted))


@pytest.mark.parametrize("name", CLIENTS)
def test_one_that_does_not_is_not(name: str, tunnel: Tunnel) -> None:
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        CLIENTS[name](address(tunnel, ""))


@pytest.mark.parametrize("name", CLIENTS)
def test_nor_one_that_proves_another_name(name: str, tunnel: Tunnel, trusted: str) -> None:
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED"):
        CLIENTS[name](address(tunnel, trusted, "127.0.0.1"))


def test_what_an_operator_says_is_left_as_it_is() -> None:
    assert proving("redis://:a@b:1/0") == "redis://:a@b:1/0"
    assert proving("rediss://b/0?ssl_cert_reqs=none") == "rediss://b/0?ssl_cert_reqs=none"
    assert app.conf.broker_url == live.REDIS_URL


def test_postgresql_is_given_what_the_address_says_of_tls() -> None:
    options = env.database("DATABASE_URL", "postgresql://a:b@c/d?sslmode=verify-full&sslrootcert=/ca.pem")["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/ca.pem")
