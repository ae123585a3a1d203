"""What operators order while the site runs: other processes have it within seconds, and hot paths ask nobody."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from limits import RateLimitItemPerHour
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts import limits, orders
from accounts.actions import allowing
from accounts.limits import Limit
from accounts.models import Allowance
from accounts.orders import Board
from billing.entitlements import plan_for
from billing.plans import Limit as Planned
from tests.follows import a_reader
from tests.operating import address, an_operator
from tests.threads import a_thread
from unroller import budgets
from unroller.actions import recommending
from unroller.actions.refusals import Refused

pytestmark = pytest.mark.django_db

FEW = Limit("refresh", RateLimitItemPerHour(3))


def another_process() -> Board[dict[tuple[str, str], int]]:
    """What else holds the orders of before."""
    board: Board[dict[tuple[str, str], int]] = Board("allowances", limits._ordered, none={})
    board.hold({})
    return board


def order(capture: DjangoCaptureOnCommitCallbacks, name: str, amount: int, who: str = "") -> Allowance:
    row = Allowance(name=name, who=who, amount=amount, reason="a busy day")
    with capture(execute=True):
        allowing.save(row)
    return row


def test_a_change_reaches_every_process_and_costs_no_query_after_that(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = another_process()
    row = order(django_capture_on_commit_callbacks, "refresh", 5)
    assert other.now() == {}  # for as long as it asks nobody
    monkeypatch.setattr(orders, "FRESH", 0.0)
    assert other.now() == limits.BOARD.now() == {("refresh", ""): 5}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        for _ in range(100):
            other.now()
            limits.spend(FEW, "bob")
    assert len(asked) == 0
    with django_capture_on_commit_callbacks(execute=True):
        allowing.set_back(row)
    assert other.now() == limits.BOARD.now() == {}


def test_a_number_holds_for_everybody_or_for_one_and_begins_no_new_window(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    assert [limits.spend(FEW, "bob") for _ in range(4)] == [True, True, True, False]
    order(django_capture_on_commit_callbacks, "refresh", 5)
    assert [limits.spend(FEW, "bob") for _ in range(3)] == [True, True, False]
    assert limits.left(FEW, "bob").uses == 0
    order(django_capture_on_commit_callbacks, "refresh", 1, who="charlie")
    assert [limits.spend(FEW, "charlie") for _ in range(2)] == [True, False]
    assert limits.wait_until(FEW, "charlie") is not None
    assert limits.everybodys(FEW) == 5


@pytest.mark.parametrize(
    ("ordered", "counted"),
    [
        ("17", "person 17"),
        ("17", "member 17"),
        ("17", "reader 17"),
        ("17", "17"),
        ("person 17", "17"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::/64", "2001:db8:1:2::/64"),
    ],
)
def test_one_visitor_is_meant_however_a_limit_counts_them(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, ordered: str, counted: str
) -> None:
    order(django_capture_on_commit_callbacks, "refresh", 1, who=ordered)
    assert (limits.amount("refresh", 20, counted), limits.amount("refresh", 20, "18")) == (1, 20)


def test_whoever_had_too_many_reads_the_number_that_holds_for_them(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    bob, thread = a_reader("bob"), a_thread(2)
    order(django_capture_on_commit_callbacks, "recommend", 1, who=str(bob.pk))
    recommending.ask(bob, thread, "ida@example.org", note="")
    with pytest.raises(Refused) as refused:
        recommending.ask(bob, thread, "eve@example.org", note="")
    assert "You can send 1 threads" in refused.value.sentence


def test_with_redis_away_the_orders_of_before_hold(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    board = another_process()
    Allowance.objects.create(name="refresh", amount=5, reason="a busy day")
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    orders._client.cache_clear()
    monkeypatch.setattr(orders, "FRESH", 0.0)
    assert board.now() == {}
    monkeypatch.setattr(orders, "OLDEST", 0.0)
    assert board.now() == {("refresh", ""): 5}
    orders._client.cache_clear()


def test_plans_budgets_and_paces_change_too(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, settings: Settings
) -> None:
    settings.BILLING_ENABLED, settings.UNROLLS_AN_HOUR = True, 50
    bob = a_reader("bob")
    assert plan_for(bob).limit(Planned.UNROLLS) == 50
    assert budgets.pace("mastodon", 0.5) == 0.5
    for name, amount in (("unrolls-free", 7), ("budget-x", 100), ("pace-mastodon", 60), ("unroll", 2)):
        order(django_capture_on_commit_callbacks, name, amount, who="203.0.113.7" if name == "unroll" else "")
    assert plan_for(bob).limit(Planned.UNROLLS) == 7
    assert (budgets.daily("x"), budgets.pace("mastodon", 0.5), budgets.pace("mastodon", 2.0)) == (100, 1.0, 2.0)
    assert [limits.spend(limits.unrolls(7), "203.0.113.7") for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "who", "amount", "sentence"),
    [
        ("nonsense", "", "5", "not one of the available choices"),
        ("refresh", "", "0", "1 at least"),
        ("refresh", "", "-1", "greater than or equal to 0"),
        ("x-files", "", "501", "500 at most"),
        ("x-files", "person 1", "10", "one number for everybody"),
        ("unroll", "", "10", "change the number of the plan"),
        ("pace-x", "", "601", "600 at most"),
    ],
)
def test_what_may_not_be_is_refused_with_a_sentence(
    client: Client, name: str, who: str, amount: str, sentence: str
) -> None:
    form = {"name": name, "who": who, "amount": amount, "reason": "a busy day"}
    answer = an_operator(client).post(f"{address(Allowance)}add/", form)
    assert sentence in answer.content.decode()
    assert not Allowance.objects.exists()


def test_an_operator_sets_a_number_and_sets_it_back(client: Client) -> None:
    operator = an_operator(client)
    form = {"name": "refresh", "who": "", "amount": "5", "reason": "a busy day"}
    operator.post(f"{address(Allowance)}add/", form)
    row = Allowance.objects.get()
    page = operator.get(address(Allowance)).content.decode()
    assert '<td class="field-default">20</td>' in page
    operator.post(f"{address(Allowance)}{row.pk}/delete/", {"post": "yes"})
    assert not Allowance.objects.exists()


def test_every_limit_can_be_changed() -> None:
    named = {found.name for found in vars(limits).values() if isinstance(found, Limit)}
    assert named <= allowing.knobs().keys()
