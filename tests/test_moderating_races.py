"""What operators decide in the moment in which a thread is stored: nobody waits in a circle, nothing slips through."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection, transaction

from tests.processes import until
from tests.rights.test_opting_out_races import waiting
from tests.threads import a_pile, a_thread
from unroller.actions import cases, moderating, refusing, threads
from unroller.core.assemble import assemble
from unroller.models import Author, Case, Thread

Result = TypeVar("Result")

pytestmark = pytest.mark.django_db(transaction=True)


def aside(deed: Callable[[], Result]) -> Result:
    """In a thread of its own."""
    try:
        return deed()
    finally:
        connection.close()


def test_a_part_is_not_hidden_while_its_whole_is_stored_which_would_show_it_all_the_same() -> None:
    part, whole = a_thread(2, first=2), assemble(a_pile(3)).thread
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            refusing.need_leave(whole)
            hiding = pool.submit(aside, lambda: moderating.hide(part.pk, "threats"))
            until(lambda: hiding.done() or waiting() == 1, what="it waits for the author")
            threads.save(whole, None)
        assert not hiding.result()
    assert (Thread.objects.get().path, Thread.objects.get().removed) == ("1", "")


def test_a_thread_that_is_fetched_while_it_is_shown_again_waits_for_nobody_who_waits_for_it() -> None:
    row, found = a_thread(3), assemble(a_pile(3)).thread
    cases.decide_author(row.author, Case.Decision.BANNED, "a fraud")
    Author.objects.update(banned=False)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            refusing.need_leave(found)
            showing = pool.submit(aside, lambda: moderating.show_again(row.pk))
            until(lambda: showing.done() or waiting() == 1, what="it waits for the author")
            assert Thread.objects.select_for_update().get().removed == "Banned"
        assert showing.result()
    assert Thread.objects.get().removed == ""


def test_a_report_that_comes_during_a_decision_waits_for_the_next_one() -> None:
    thread = a_thread(3)
    cases.report(thread, "hate", address="203.0.113.1")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert cases.decide_thread(thread, Case.Decision.DISMISSED, "no threat")
            late = pool.submit(aside, lambda: cases.report(thread, "spam", address="203.0.113.2"))
            until(lambda: late.done() or waiting() == 1, what="it waits for the decision")
        assert late.result().case.decided_at is None
    assert [case.reports.count() for case in Case.objects.order_by("id")] == [1, 1]
