"""Links into private networks, and hosts that lie: one sentence, no call to a private address."""

import socket

import pytest

from tests.test_unrolling import unroll
from unroller.models import Job

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address somebody connects to."""
    addresses: list[str] = []
    connect = socket.create_connection

    def watched(address: tuple[str, int], *rest: object, **named: object) -> socket.socket:
        addresses.append(address[0])
        return connect(address, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", watched)
    return addresses


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "127.0.0.1:9",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
        "0.0.0.0",
        "0x7f.1",
    ],
)
def test_a_link_into_a_private_network_is_refused_without_a_connection(connected: list[str], host: str) -> None:
    job = unroll(f"https://{host}/@alice/1")
    assert (job.state, job.error) == (Job.State.FAILED, "Refused")
    assert job.sentence == "This address is not on the public internet, so it is not opened."
    assert connected == []


def test_a_name_that_leads_into_a_private_network_is_refused(
    connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: inside)
    job = unroll("https://social.example/@alice/1")
    assert (job.state, job.error) == (Job.State.FAILED, "Refused")
    assert connected == []
