"""One site on four machines with separate folders: they have one PostgreSQL, one Redis and one bucket in common."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from django.test import Client, override_settings
from pytest_django import Settings

from tests.archives.bringing import a_zip
from tests.keeping import a_member, photo, removed, showing
from tests.object_stores.machines import Machine
from tests.object_stores.service import Place
from tests.processes import until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import media
from unroller.models import Archive, Thread, ThreadFile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("s3")]


class Site(NamedTuple):
    """The machines by name."""

    a: Machine
    b: Machine
    first: Machine
    second: Machine


@pytest.fixture
def site(bucket: Place, sandbox: Sandbox, settings: Settings, tmp_path: Path) -> Iterator[Site]:
    settings.BILLING_ENABLED = True
    env = {**sandbox.env(), "STORAGE_URL": bucket.url}
    found = Site(*(Machine(tmp_path / name, env) for name in ("a", "b", "first", "second")))
    try:
        found.a.serves()
        found.b.serves()
        found.first.works("fetch,export")
        found.second.works("archive")
        yield found
    finally:
        for each in found:
            each.stop()


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(a_member())
    return client


def test_a_site_on_several_machines_is_one(site: Site, alice: Client, bucket: Place, sandbox: Sandbox) -> None:
    with site.a.visitor(alice) as at_a, site.b.visitor(alice) as at_b:
        asked_at_one_and_read_at_the_other(at_a, at_b, sandbox.world)
        made_by_a_worker_and_taken_at_the_other(at_a, at_b, bucket)
        brought_to_both_and_read_by_another(at_a, at_b, site, bucket, a_zip(site.a.folder.parent))
        removed_at_one_and_shown_by_none(at_b, site, sandbox)


def asked_at_one_and_read_at_the_other(at_a: httpx.Client, at_b: httpx.Client, world: World) -> None:
    author = world.x.person("maralind")
    link = world.x.link(world.x.thread(author, [f"Post {number}." for number in range(1, 5)])[-1])
    progress = at_a.post("/unroll", data={"url": link})
    assert progress.status_code == HTTPStatus.SEE_OTHER
    until(lambda: at_b.get(progress.headers["Location"]).status_code == HTTPStatus.SEE_OTHER, what="unrolled")
    page = at_b.get(progress.headers["Location"], follow_redirects=True)
    assert page.status_code == HTTPStatus.OK
    assert "Post 4." in page.text


def made_by_a_worker_and_taken_at_the_other(at_a: httpx.Client, at_b: httpx.Client, bucket: Place) -> None:
    address = Thread.objects.get().get_absolute_url() + ".pdf?paper=a4"
    at_a.get(address)
    until(lambda: ThreadFile.objects.exclude(file="").exists(), what="file made")
    answer = at_b.get(address)
    assert (answer.status_code, answer.content[:5]) == (HTTPStatus.OK, b"%PDF-")
    assert bucket.names("threads/") == [ThreadFile.objects.get().file]


def brought_to_both_and_read_by_another(
    at_a: httpx.Client, at_b: httpx.Client, site: Site, bucket: Place, path: Path
) -> None:
    body = path.read_bytes()
    begun = at_a.post("/archives/begin", data={"name": path.name, "size": len(body)}).json()
    step = len(body) // 5
    for number, start in enumerate(range(0, len(body), step)):
        part = body[start : start + step]
        at_either = (at_a, at_b)[number % 2]
        told = at_either.post(f"{begun['part']}?offset={start}&length={len(part)}", content=part).json()
        assert told == {"received": start + len(part)}
    until(lambda: Archive.objects.get().state == Archive.State.DONE, what="archive read")
    assert Archive.objects.get().threads_stored == 1
    until(lambda: bucket.names("archives/") == [], what="the zip gone")
    until(lambda: not list((site.second.folder / "archives").iterdir()), what="its copy gone")
    for machine in (site.a, site.b, site.first):
        assert not list(machine.folder.glob("archives/*"))


def removed_at_one_and_shown_by_none(at_b: httpx.Client, site: Site, sandbox: Sandbox) -> None:
    shown = photo(sandbox)
    thread = showing(shown, first=5_000)
    before = set(site.b.cached())
    assert at_b.get(media.address(shown.url)).status_code == HTTPStatus.OK
    (cached,) = set(site.b.cached()) - before
    with override_settings(DATA_DIR=site.a.folder):  # another process of that machine
        removed(thread)
    sandbox.world.faults.add("media", "error", status=404)
    assert at_b.get(media.address(shown.url)).status_code == HTTPStatus.NOT_FOUND
    assert not cached.exists()
