"""A database host that vanishes without a word is given up: nobody waits for it as long as a kernel would."""

import os
import socket

import pytest
from django.db import connection

from unroller import env

pytestmark = pytest.mark.django_db


def test_open_connections_to_a_host_that_is_gone_end() -> None:
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as wire:
        said = {
            name: wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_USER_TIMEOUT", "TCP_KEEPIDLE", "TCP_KEEPINTVL")
        }
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert said == {"TCP_USER_TIMEOUT": 1_000 * env.GONE_SECONDS, "TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5}


def test_an_operator_may_say_otherwise() -> None:
    given = env.database("DATABASE_URL", "postgresql://a:b@c/d?tcp_user_timeout=1000")
    assert given["OPTIONS"] == {
        "connect_timeout": str(env.CONNECT_SECONDS),
        "tcp_user_timeout": "1000",
        "keepalives_idle": "10",
        "keepalives_interval": "5",
    }
