"""What PostgreSQL plans to do for an author with more followers than fit into its memory for one statement."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from tests.followers import a_new_thread, announced, many_followers

FOLLOWERS = 8_000


@pytest.mark.django_db
@pytest.mark.parametrize("sells", [True, False])
def test_no_follower_costs_a_walk_over_all_of_them(settings: Settings, sells: bool) -> None:
    settings.BILLING_ENABLED = sells
    many_followers(FOLLOWERS)
    thread = a_new_thread()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user, unroller_follow")
        cursor.execute("SET LOCAL work_mem = '64kB'")
        with CaptureQueriesContext(connection) as queries:
            assert announced(thread) == FOLLOWERS
        (told,) = [query["sql"] for query in queries if query["sql"].startswith("INSERT INTO unroller_notification")]
        cursor.execute(f"EXPLAIN VERBOSE {told}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    _, *subplans = re.split(r"^ +SubPlan (\d+)$", plan, flags=re.MULTILINE)
    for number, steps in zip(subplans[::2], subplans[1::2], strict=True):
        is_walk = "Seq Scan on public.accounts_user" in steps
        assert not is_walk or f"(hashed SubPlan {number})" in plan, (
            f"not kept in a hash, it is begun again each time: {plan}"
        )
