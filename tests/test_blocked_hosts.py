"""A blocked server: nothing is fetched from it or sent to it, and whoever wanted that reads one sentence."""

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.operating import address, an_operator
from tests.sandbox.world import World
from tests.test_unrolling import a_chain, unroll
from unroller import hosts, networks
from unroller.actions import blocking
from unroller.core.errors import Blocked
from unroller.models import BlockedHost, Job, Thread
from unroller.sources.http import Http

pytestmark = pytest.mark.django_db


def held(*rows: tuple[str, bool]) -> None:
    for host, below in rows:
        BlockedHost.objects.create(host=host, subdomains=below, reason="malware")
    hosts.BOARD.hold(hosts._ordered())


@pytest.mark.parametrize(
    ("host", "is_blocked"),
    [
        ("bad.example", True),
        ("BAD.example.", True),
        ("a.b.bad.example", True),
        ("notbad.example", False),
        ("example", False),
        ("only.example", True),
        ("www.only.example", False),
        ("198.51.100.7", True),
        ("[2001:db8::7]", True),
        ("[2001:DB8:0:0::7]", True),
        ("::ffff:198.51.100.7", True),
        ("0xC6.51.100.7", True),
        ("198.51.100.8", False),
        ("xn--bcher-kva.example", True),
    ],
)
def test_a_name_is_blocked_by_itself_or_with_all_below_it(host: str, is_blocked: bool) -> None:
    held(("bad.example", True), ("only.example", False), ("198.51.100.7", False), ("2001:db8::7", False))
    held(("xn--bcher-kva.example", True))
    assert hosts.is_blocked(host) == is_blocked


@pytest.mark.parametrize("url", ["https://bad.example/a", "https://BAD.example./a", "https://www.bad.example/"])
def test_the_client_opens_nothing_there_however_it_is_written(url: str) -> None:
    held(("bad.example", True))
    for client in (networks.http(), networks.webhooks()):
        with pytest.raises(Blocked):
            client.get(url)
        with pytest.raises(Blocked):
            client.send("POST", url, b"{}", headers={})
    with Http("test") as free, pytest.raises(Exception, match=r"(?s).+") as refused:
        free.get("https://bad.example:8080/")
    assert not isinstance(refused.value, Blocked)


@pytest.mark.usefixtures("sandbox")
def test_a_job_for_it_ends_with_one_sentence_and_pages_that_are_here_stay(world: World, settings: Settings) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    held(("127.0.0.1", False), ("localhost", False))
    new = world.x.post(posts[0].author, "Something new.")
    job = unroll(world.x.link(new))
    assert (job.state, job.error, job.sentence) == (Job.State.FAILED, "Blocked", Blocked().for_reader)
    assert Thread.objects.get().document is not None


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Bücher.example", "xn--bcher-kva.example"),
        (" BAD.Example. ", "bad.example"),
        ("https://me@Bad.example:8/x", "bad.example"),
        ("[2001:DB8:0:0::7]", "2001:db8::7"),
        ("0xC6.51.100.7", "198.51.100.7"),
        ("shop.co.uk", "shop.co.uk"),
        ("t.co", "t.co"),
    ],
)
def test_a_name_is_kept_in_one_spelling(typed: str, name: str) -> None:
    assert blocking.spelled(typed) == name


@pytest.mark.parametrize("typed", ["com", "https://COM./", "co.uk", "Com.Br", "рф"])
def test_nobody_blocks_half_the_net_by_a_slip(typed: str) -> None:
    with pytest.raises(blocking.NoHost, match="a whole part of the net"):
        blocking.spelled(typed)


def test_an_operator_blocks_a_server_by_any_of_its_addresses_and_lifts_it(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    operator = an_operator(client)
    form = {"host": "https://Bücher.example:8443/page", "subdomains": "on", "reason": "malware"}
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(f"{address(BlockedHost)}add/", form)
    row = BlockedHost.objects.get()
    assert row.host == "xn--bcher-kva.example"
    assert hosts.is_blocked("xn--bcher-kva.example")
    with django_capture_on_commit_callbacks(execute=True):
        operator.post(f"{address(BlockedHost)}{row.pk}/delete/", {"post": "yes"})
    assert not hosts.is_blocked("xn--bcher-kva.example")
    page = operator.post(f"{address(BlockedHost)}add/", {"host": "no host", "reason": "malware"}).content.decode()
    assert blocking.NOT_ONE in page
