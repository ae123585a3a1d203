"""Behind a PgBouncer that gives every transaction another connection."""

import re
from contextlib import ExitStack, closing
from datetime import timedelta
from threading import Thread as Beside

import httpx
import pytest
from django.db import connection

from accounts.turns import turn
from tests.accounts.signing import CODE, LOGIN, a_person
from tests.processes import Web, Worker, until
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.scale.bouncer import pooled
from unroller.actions import unrolling
from unroller.models import Job, Thread

pytestmark = pytest.mark.django_db(transaction=True)


def _links(world: World, count: int) -> list[str]:
    author = world.x.person("maralind")
    chains = [
        world.x.thread(author, [f"Thread {name}, post {number}." for number in range(3)]) for name in range(count)
    ]
    return [world.x.link(chain[-1]) for chain in chains]


def test_workers_share_fewer_connections_than_they_are(worker: Worker, world: World) -> None:
    with pooled() as port:
        worker.start(
            DATABASE_URL=f"postgresql://anybody@127.0.0.1:{port}/{connection.settings_dict['NAME']}?pgbouncer=true"
        )
        asked = [unrolling.ask(link) for link in _links(world, 6)]
        done = Job.objects.filter(id__in=[job.id for job in asked], state=Job.State.DONE)
        until(lambda: done.count() == len(asked), what="all fetched")
        assert Thread.objects.count() == len(asked)


class Reader:
    """A browser's way of asking, with its cookies and the token of the page's form."""

    def __init__(self, web: Web) -> None:
        self._asks = httpx.Client(base_url=web.address, timeout=60)

    def close(self) -> None:
        self._asks.close()

    def get(self, path: str) -> httpx.Response:
        return self._asks.get(path)

    def post(self, path: str, **fields: str) -> str:
        """Where a form leads that is sent."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(path).text)
        answer = self._asks.post(path, data={"csrfmiddlewaretoken": token[1] if token else "", **fields})
        assert answer.is_redirect, answer.text
        return answer.headers["Location"]

    def waits(self, path: str) -> httpx.Response:
        """What a page that says "a moment" leads to."""
        until(lambda: self.get(path).is_redirect, what=f"{path} is done")
        return self._asks.get(path, follow_redirects=True)


def test_a_reader_signs_in_and_takes_a_thread_and_its_file(
    sandbox: Sandbox, post_office: PostOffice, world: World
) -> None:
    (link,) = _links(world, 1)
    a_person("bob@example.com")
    worker = Worker(sandbox.env(), queues="fetch,letters,export")
    with pooled() as port, ExitStack() as running:
        url = f"postgresql://anybody@127.0.0.1:{port}/{connection.settings_dict['NAME']}?pgbouncer=true"
        running.callback(worker.kill)
        worker.start(DATABASE_URL=url)
        web = Web(0, **sandbox.env(), DATABASE_URL=url, BILLING_ENABLED="false")
        running.callback(web.kill)
        reader = running.enter_context(closing(Reader(web)))
        assert reader.post(LOGIN, email="bob@example.com") == CODE
        until(lambda: post_office.total == 1, what="the code is mailed")
        (code,) = re.findall(r"^ {4}(\d{6})\r?$", post_office.mails()[0].text, re.MULTILINE)
        reader.post(CODE, code=code)
        thread = reader.waits(reader.post("/unroll", url=link))
        assert "Thread 0, post 2." in thread.text
        assert reader.get("/account").status_code == 200
        file = reader.get(f"{thread.url.path}.epub")
        book = reader.waits(file.headers["Location"]) if file.is_redirect else file
        assert book.content.startswith(b"PK")


def _tries(seen: list[bool]) -> None:
    with turn("something") as is_ours:
        seen.append(is_ours)
    connection.close()


def test_one_at_a_time_stays_one_at_a_time() -> None:
    seen: list[bool] = []
    with pooled(), turn("something", wait=timedelta(seconds=1)) as is_ours:
        assert is_ours
        for _ in range(4):
            other = Beside(target=_tries, args=[seen])
            other.start()
            other.join()
    _tries(seen)
    assert seen == [False] * 4 + [True]
