"""Webhooks: what they are sent, signed with what, and what they never hear."""

import logging

import pytest
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from billing.models import Grant
from tests.follows import a_reader
from tests.integrations.told import HOOK, a_webhook, later, newest, tell
from tests.marking import mark
from tests.sandbox.server import Sandbox
from tests.threads import a_thread
from unroller import networks, sealing
from unroller.actions import highlights, integrations, library, taking, threads
from unroller.actions.integrations import CannotConnect
from unroller.core.errors import Gone
from unroller.models import Color, Delivery, Highlight, Integration, Saved, Thread

pytestmark = pytest.mark.django_db

WORDS = "flour, water and patience"
START = len("Bread is patience.Bread is ")


def test_a_new_webhook_is_sent_a_signed_test(alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    delivery = newest(row)
    assert (delivery.delivered, delivery.status, row.failures, row.has_news) == (True, 204, 0, False)
    assert row.told_at is not None
    (came,) = sandbox.world.receiver.received
    assert (came.path, came.name, came.facts["event"]) == (HOOK, str(delivery.id), "test")
    assert came.facts["id"] == str(delivery.id)


def test_a_saved_thread_is_told_without_its_words(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    saved = library.save(alice, thread, tags=["bread"], note="To bake.")
    tell(row)
    (facts,) = sandbox.world.receiver.of("saved")
    assert facts["thread"] == {
        "address": "http://localhost:8000/thread/x/1",
        "network": "x",
        "title": thread.title,
        "author": {"name": "Mara Lindqvist", "handle": "maralind"},
        "posted_at": thread.posted_at.isoformat(),
        "posts": 3,
    }
    assert facts["saved"] == {
        "saved_at": saved.saved_at.isoformat(),
        "tags": ["bread"],
        "note": "To bake.",
        "favorite": False,
    }
    assert "patience" not in str(facts)


def test_saving_it_again_is_no_news(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    library.save(alice, thread, tags=["again"])
    tell(row)
    library.save(alice, thread, note="And again.")
    tell(row)
    assert len(sandbox.world.receiver.of("saved")) == 1


def test_a_highlight_is_told_with_its_words_and_its_place(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    made = mark(alice, thread, WORDS, START, note="So true.", color=Color.BLUE)
    tell(row)
    (facts,) = sandbox.world.receiver.of("highlighted")
    told = facts["highlight"]
    assert (told["id"], told["words"], told["note"], told["color"]) == (made.id, WORDS, "So true.", "blue")
    assert told["address"] == "http://localhost:8000/thread/x/1#post-2"
    assert facts["thread"]["title"] == thread.title


def test_what_is_changed_before_it_was_told_is_told_once_as_it_is_then(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row = a_webhook(alice, sandbox)
    made = mark(alice, thread, WORDS, START)
    highlights.annotate(made, "First thought.")
    highlights.recolor(made, Color.PINK)
    tell(row)
    (facts,) = sandbox.world.receiver.of("highlighted")
    assert (facts["highlight"]["note"], facts["highlight"]["color"]) == ("First thought.", "pink")
    highlights.annotate(made, "Second thought.")
    tell(row)
    assert [each["highlight"]["note"] for each in sandbox.world.receiver.of("highlighted")][1:] == ["Second thought."]


def test_nothing_that_was_removed_meanwhile_is_sent(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    highlights.remove(mark(alice, thread, WORDS, START))
    library.unsave(alice, thread)
    tell(row)
    told = Delivery.objects.filter(integration=row).exclude(event="test")
    assert {(each.event, each.delivered, each.attempts, each.finished_at is None) for each in told} == {
        ("saved", False, 1, False),
        ("highlighted", False, 1, False),
    }
    assert sandbox.world.receiver.of("saved") == sandbox.world.receiver.of("highlighted") == []
    assert row.failures == 0


def test_nothing_of_a_thread_that_its_author_removed_is_sent(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    mark(alice, thread, WORDS, START)
    threads.remove(thread, Gone())
    tell(row)
    assert [each.facts["event"] for each in sandbox.world.receiver.received] == ["test"]


def test_only_ones_own_library_is_told(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    charlie = a_reader("charlie", premium=True)
    library.save(charlie, thread)
    tell(row)
    assert sandbox.world.receiver.of("saved") == []
    # and a row that names somebody else's thing says nothing of it
    Delivery.objects.create(
        integration=row, event="saved", about=Saved.objects.get(user=charlie).id, give_up_at="2099-01-01T00:00Z"
    )
    Integration.objects.filter(id=row.id).update(has_news=True)
    tell(row)
    assert sandbox.world.receiver.of("saved") == []


def test_without_premium_nothing_new_is_told(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    Grant.objects.filter(user=alice).delete()
    library.save(alice, thread)
    assert Delivery.objects.filter(integration=row).count() == 1


def test_posts_of_x_count_towards_its_daily_limit_and_wait_for_the_next_day(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row = a_webhook(alice, sandbox)
    limit, who = limits.X_POSTS_INTO_FILES, taking.account(alice)
    assert limits.spend(limit, who, cost=limit.item.amount - 1)
    first = mark(alice, thread, WORDS, START)
    second = mark(alice, thread, "Bread is patience.", 0)
    tell(row)
    assert [each["highlight"]["id"] for each in sandbox.world.receiver.of("highlighted")] == [first.id]
    waiting = Delivery.objects.get(about=second.id, event="highlighted")
    assert (waiting.finished_at, waiting.attempts, row.failures) == (None, 0, 0)
    assert waiting.not_before is not None
    assert waiting.give_up_at > waiting.not_before
    assert row.not_before == waiting.not_before
    library.save(alice, a_thread(1, first=700))
    tell(row)
    assert len(sandbox.world.receiver.of("saved")) == 2, "nothing else waits with it"
    limits._limiter().storage.reset()
    later(row)
    assert len(sandbox.world.receiver.of("highlighted")) == 2
    assert limits.left(limit, who).uses == limit.item.amount - 1


def test_a_highlight_that_is_tried_again_counts_once(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    mark(alice, thread, WORDS, START)
    sandbox.world.faults.add("receiver", "error", times=2)
    for _ in range(3):
        later(row)
    assert len(sandbox.world.receiver.of("highlighted")) == 1
    used = limits.X_POSTS_INTO_FILES.item.amount - limits.left(limits.X_POSTS_INTO_FILES, taking.account(alice)).uses
    assert used == 1


def test_secrets_lie_encrypted_and_are_in_no_log(
    alice: User, thread: Thread, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = integrations.connect_webhook(alice, sandbox.urls()["receiver"] + "/hook?key=hush")
    sandbox.world.receiver.secret = made.secret
    sandbox.world.faults.add("receiver", "close")
    tell(made.integration)
    later(made.integration)
    assert sealing.unseal(made.integration.secret) == made.secret
    assert made.secret.removeprefix("whsec_") not in made.integration.secret
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.split(".")[0] == "unroller")
    assert made.secret not in caplog.text
    assert "hush" not in ours


def test_a_new_secret_signs_from_the_next_delivery_on(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    old = sandbox.world.receiver.secret
    sandbox.world.receiver.secret = integrations.renew_secret(row)
    assert sandbox.world.receiver.secret != old
    library.save(alice, thread)
    tell(row)
    assert newest(row).status == 204


@pytest.mark.parametrize(
    "address",
    [
        *(
            "http://hooks.example/",
            "ftp://hooks.example/",
            "https://",
            "hooks.example",
            "",
            "https://a:b@hooks.example/",
        ),
        *("https://hooks.example:8443/", "https://[::1", "javascript:alert(1)", "https://hooks.example/" + "a" * 500),
    ],
)
def test_an_address_that_is_none_is_refused_at_once(alice: User, address: str) -> None:
    with pytest.raises(CannotConnect) as refused:
        integrations.connect_webhook(alice, address)
    assert refused.value.sentence.endswith(".")
    assert not Integration.objects.exists()


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest/", "https://10.0.0.1/"]
)
def test_nothing_is_sent_to_a_private_address(alice: User, address: str) -> None:
    with pytest.raises(CannotConnect):
        integrations.connect_webhook(alice, address)
    row = integrations.connect_webhook(alice, "https://localhost/").integration  # names are looked up later
    Integration.objects.filter(id=row.id).update(url=address)
    tell(row)
    assert (newest(row).status, newest(row).detail) == (None, "Its address is not on the public internet.")
    assert row.failures == 1


def test_what_the_site_may_fetch_from_inside_is_not_open_to_webhooks(
    alice: User, sandbox: Sandbox, settings: Settings
) -> None:
    inside = sandbox.urls()["receiver"]
    settings.FETCH_ALLOW_HOSTS |= {inside.removeprefix("http://")}
    settings.WEBHOOK_ALLOW_HOSTS = frozenset()
    networks.http.cache_clear()
    networks.webhooks.cache_clear()
    with pytest.raises(CannotConnect):
        integrations.connect_webhook(alice, inside + HOOK)
    row = integrations.connect_webhook(alice, "https://hooks.example/").integration
    Integration.objects.update(url=inside + HOOK)  # as one that was connected before
    row.refresh_from_db()
    tell(row)
    assert newest(row).status is None
    assert sandbox.world.receiver.received == []


def test_there_are_only_so_many_webhooks_and_each_address_once(alice: User) -> None:
    for number in range(integrations.MOST_WEBHOOKS):
        integrations.connect_webhook(alice, f"https://hooks.example/{number}")
    with pytest.raises(CannotConnect, match="told already"):
        integrations.connect_webhook(alice, "https://hooks.example/0")
    with pytest.raises(CannotConnect, match="as many as"):
        integrations.connect_webhook(alice, "https://hooks.example/more")


def test_a_marked_passage_that_cannot_be_saved_leaves_no_news(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    with pytest.raises(highlights.WordsGone):
        mark(alice, thread, "words that are not there", 0)
    assert not Highlight.objects.exists()
    assert Delivery.objects.filter(integration=row).count() == 1
