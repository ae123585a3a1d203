"""Authors with many threads: what a ban, its end and a farewell cost grows with the threads, not with their square."""

import pytest
from redis.client import Pipeline

from tests.threads import a_thread
from unroller.actions import cases, opting_out
from unroller.models import Author, Case, Thread

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 20


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each question to Redis held."""
    counts: list[int] = []
    execute = Pipeline.execute

    def counted(pipe: Pipeline, raise_on_error: bool = True) -> list[object]:
        counts.append(len(pipe.command_stack))
        return execute(pipe, raise_on_error)

    monkeypatch.setattr(Pipeline, "execute", counted)
    return counts


@pytest.fixture
def author() -> Author:
    for number in range(1, MANY + 1):
        a_thread(1, first=10 * number)
    return Author.objects.get()


def versions() -> set[int]:
    return set(Thread.objects.values_list("version", flat=True))


def test_a_ban_and_its_end_take_each_page_back_a_few_times(author: Author, commands: list[int]) -> None:
    assert versions() == {1}
    commands.clear()
    cases.decide_author(author, Case.Decision.BANNED, "a fraud")
    assert versions() == {2}
    assert sum(commands) == 4 * MANY  # two for a page, before the commit and after it
    commands.clear()
    cases.lift(author, "a mistake")
    assert set(Thread.objects.values_list("removed", flat=True)) == {""}
    assert versions() == {4}
    assert sum(commands) <= 8 * MANY


def test_a_farewell_of_somebody_with_hidden_threads_does_so_too(author: Author, commands: list[int]) -> None:
    for thread in Thread.objects.all():
        cases.decide_thread(thread, Case.Decision.HIDDEN, "threats")
    commands.clear()
    opting_out.opt_out(author)
    assert set(Thread.objects.values_list("removed", flat=True)) == {"Removed"}
    assert sum(commands) == 4 * MANY
