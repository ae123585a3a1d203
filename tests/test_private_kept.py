"""What keeps a private thread its readers' own: others who ask for it meanwhile, and its owner who saves it."""

from http import HTTPStatus
from threading import Event
from threading import Thread as Worker

import pytest
from django.db import connections, transaction
from django.test import Client

from accounts.models import User
from tests.accounts.signing import a_person
from tests.api.calling import V1, Program, json_of
from tests.imports import bring, counts, go_on
from tests.private import a_private_thread, end
from tests.sandbox.world import World
from unroller import queries
from unroller.actions import jobs, library, library_json, linked, private_links, unrolling
from unroller.actions.library import CannotSave
from unroller.models import Job, PrivateLink, Saved, Thread
from unroller.sources.base import PostRef

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.fixture
def bob() -> User:
    return a_person("bob@example.com")


@pytest.fixture
def dana() -> User:
    return a_person("dana@example.com")


@pytest.fixture
def secret(bob: User, world: World) -> Thread:
    return a_private_thread(bob, world)


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING])
def test_a_list_that_meets_a_look_at_a_private_thread_gets_it_as_everybody_does(
    dana: User, secret: Thread, state: Job.State
) -> None:
    check = look(secret, state)
    origin = bring(dana, link(secret))
    assert not queries.own_private_threads(dana).exists()
    unrolling.run(ready(check))
    go_on()
    assert counts(origin) == (1, 0, 0)
    assert not Saved.objects.get(user=dana).thread.private


def test_a_list_does_not_save_what_was_fetched_in_private(bob: User, dana: User, secret: Thread) -> None:
    origin = bring(dana, "https://x.com/whoever/status/5001")
    job = Job.objects.get(key="5001")
    Job.objects.filter(id=job.id).update(state=Job.State.DONE, thread=secret)
    go_on()
    assert counts(origin) == (0, 1, 0)
    assert not Saved.objects.exists()
    assert Job.objects.filter(key="5001").count() == 2


def test_nobody_saves_a_private_thread_of_others(bob: User, dana: User, secret: Thread) -> None:
    with pytest.raises(CannotSave, match="This thread is not here"):
        library.save(dana, secret)
    assert library.save(bob, secret)
    end(PrivateLink.objects.get())
    assert library.save(bob, secret, tags=["again"])


@pytest.mark.parametrize("state", [Job.State.QUEUED, Job.State.RUNNING])
def test_a_pasted_link_does_not_show_that_a_private_thread_is_looked_at(
    client: Client, dana: User, secret: Thread, state: Job.State
) -> None:
    check = look(secret, state)
    assert unrolling.address(link(secret)) is None
    answer = client.post("/unroll", {"url": link(secret)})
    assert client.get(answer["Location"]).status_code == HTTPStatus.OK
    program = Program(dana)
    told = program.post("/unrolls", {"url": link(secret)})
    assert program.get(told["Location"].partition(V1)[2]).status_code == HTTPStatus.OK
    unrolling.run(ready(check))
    secret.refresh_from_db()
    assert not secret.private
    assert client.get(answer["Location"])["Location"] == f"/thread/x/{secret.path}"


def test_a_look_that_ends_before_it_can_be_mended_is_followed_by_another_fetch(
    secret: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = look(secret, Job.State.QUEUED)
    mend = jobs._mend

    def late(*given: object) -> bool:
        unrolling.run(str(check.id))
        return mend(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(jobs, "_mend", late)
    job = unrolling.ask(link(secret))
    assert job.id != check.id
    assert job.why == Job.Why.ASKED


def test_saving_one_s_own_by_its_link_publishes_nothing(bob: User, secret: Thread) -> None:
    answer = Program(bob).post("/library", {"url": link(secret)})
    assert answer.status_code == HTTPStatus.CREATED
    assert Saved.objects.get(user=bob).thread == secret
    assert not queries.open_jobs().exists()


def test_unrolling_one_s_own_makes_it_everybody_s(bob: User, secret: Thread) -> None:
    assert Program(bob).post("/unrolls", {"url": link(secret)}).status_code == HTTPStatus.ACCEPTED
    assert queries.open_jobs().get().why == Job.Why.ASKED


def test_saving_what_is_private_to_others_tells_nothing_of_it(dana: User, secret: Thread) -> None:
    answer = Program(dana).post("/library", {"url": link(secret)})
    assert answer.status_code == HTTPStatus.ACCEPTED
    assert json_of(answer)["state"] == "queued"


def test_importing_one_s_own_publishes_nothing(bob: User, secret: Thread) -> None:
    library.save(bob, secret)
    exported = "".join(library_json.stream(bob))
    Saved.objects.all().delete()
    assert counts(bring(bob, exported)) == (1, 0, 0)
    assert Saved.objects.get(user=bob).thread == secret
    assert not queries.open_jobs().exists()


def test_a_list_that_waited_finds_what_became_one_s_own_meanwhile(bob: User, secret: Thread) -> None:
    PrivateLink.objects.update(user=a_person("erin@example.com"))
    origin = bring(bob, link(secret))
    Job.objects.filter(why=Job.Why.ASKED).delete()
    PrivateLink.objects.update(user=bob)
    go_on()
    go_on()
    assert counts(origin) == (1, 0, 0)
    assert not queries.open_jobs().exists()


def test_the_files_of_one_s_data_lead_to_where_one_reads_it(client: Client, bob: User, secret: Thread) -> None:
    library.save(bob, secret)
    told = next(iter(library_json.saved(bob)))
    assert told["thread"] == f"http://localhost:8000/private/thread/{secret.pk}"
    client.force_login(bob)
    assert client.get(told["thread"]).status_code == HTTPStatus.OK
    assert set(told) & {"thread__private", "thread__source"} == set()


@pytest.mark.django_db(transaction=True)
def test_a_link_is_revoked_while_its_thread_becomes_part_of_another(secret: Thread) -> None:
    """The other transaction has the thread, and comes for its links while the link is revoked."""
    has_thread, revoked, ended = Event(), Event(), set[str]()

    def swallow() -> None:
        try:
            with transaction.atomic():
                row = Thread.objects.select_for_update().get(id=secret.pk)
                has_thread.set()
                revoked.wait(0.5)
                linked.inherit(row, [row])
            ended.add("swallowed")
        finally:
            connections.close_all()

    def revoke() -> None:
        try:
            private_links.revoke(found)
            ended.add("revoked")
        finally:
            revoked.set()
            connections.close_all()

    found = PrivateLink.objects.get()
    swallowing, revoking = Worker(target=swallow), Worker(target=revoke)
    swallowing.start()
    has_thread.wait(5)
    revoking.start()
    swallowing.join(10)
    revoking.join(10)
    assert ended == {"swallowed", "revoked"}
    assert not PrivateLink.objects.exists()


def look(thread: Thread, state: Job.State) -> Job:
    """The clock's look at a thread, so far."""
    job = jobs.enqueue(PostRef(thread.source, thread.path), why=Job.Why.CHECK, thread=thread)
    Job.objects.filter(id=job.id).update(state=state)
    return job


def ready(job: Job) -> str:
    """A job as a worker finds it."""
    Job.objects.filter(id=job.id).update(state=Job.State.QUEUED)
    return str(job.id)


def link(thread: Thread) -> str:
    """On its network."""
    return f"https://x.com/i/status/{thread.path}"
