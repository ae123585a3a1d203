"""Readwise: whose token it is, what goes there, and what a change changes."""

import pytest

from accounts import limits
from accounts.models import Letter, User
from tests.integrations.told import a_readwise, later, newest, tell
from tests.marking import BREAD, mark, said
from tests.sandbox.readwise.network import KeptHighlight
from tests.sandbox.server import Sandbox
from tests.threads import a_thread
from unroller import sealing
from unroller.actions import highlights, integrations, library, readwise, taking
from unroller.actions.integrations import CannotConnect
from unroller.models import Color, Delivery, Highlight, Integration, ReadwiseCopy, Thread
from unroller.sources.http import Answer

pytestmark = pytest.mark.django_db

WORDS = "flour, water and patience"
START = len("Bread is patience.Bread is ")


def kept(sandbox: Sandbox, token: str, words: str = WORDS) -> KeptHighlight:
    return sandbox.world.readwise.shelves[token].by_text(words)


def test_a_highlight_goes_there_as_readwise_wants_it(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row, token = a_readwise(alice, sandbox)
    made = mark(alice, thread, WORDS, START, note="So true.", color=Color.BLUE)
    tell(row)
    assert (newest(row).delivered, newest(row).status) == (True, 200)
    assert kept(sandbox, token).facts == {
        "text": WORDS,
        "title": thread.title,
        "author": "Mara Lindqvist (@maralind)",
        "source_url": "http://localhost:8000/thread/x/1",
        "source_type": "unroller",
        "category": "articles",
        "note": ".blue So true.",
        "highlighted_at": made.created_at.isoformat(),
        "highlight_url": "http://localhost:8000/thread/x/1#post-2",
        "location": 2,
        "location_type": "order",
    }


def test_a_change_changes_the_same_highlight(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row, token = a_readwise(alice, sandbox)
    made = mark(alice, thread, WORDS, START)
    tell(row)
    number = kept(sandbox, token).number
    assert ReadwiseCopy.objects.get(highlight=made).number == number
    highlights.annotate(made, "On second thought.")
    tell(row)
    highlights.recolor(made, Color.GREEN)
    tell(row)
    found = kept(sandbox, token)
    assert (found.number, found.facts["note"], found.color) == (number, ".green On second thought.", "green")
    assert len(sandbox.world.readwise.shelves[token].highlights) == 1


def test_saving_a_thread_is_nothing_to_readwise(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row, _ = a_readwise(alice, sandbox)
    library.save(alice, thread)
    assert not Delivery.objects.filter(integration=row).exists()


def test_all_highlights_are_sent_when_asked_for_and_none_twice(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    mark(alice, thread, WORDS, START)
    lost = mark(alice, thread, "Bread is patience.", 0)
    said("<p>Bread is flour, water and patience.</p>")
    lost.refresh_from_db()
    assert lost.lost_at is not None
    row, token = a_readwise(alice, sandbox)
    assert integrations.send_all(row) == 1
    assert integrations.send_all(row) == 0, "it is on its way"
    tell(row)
    assert integrations.send_all(row) == 1
    tell(row)
    assert [each.facts["text"] for each in sandbox.world.readwise.shelves[token].highlights.values()] == [WORDS]


def test_highlights_of_others_stay_theirs(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    charlie = User.objects.create_user("charlie@example.com")
    mark(charlie, thread, WORDS, START)
    row, token = a_readwise(alice, sandbox)
    assert integrations.send_all(row) == 0
    tell(row)
    assert sandbox.world.readwise.shelves[token].highlights == {}


def test_posts_of_x_count_and_those_of_other_networks_do_not(alice: User, sandbox: Sandbox) -> None:
    thread = a_thread(1, first=70, source="mastodon", html="<p>Moss is patient.</p>")
    row, token = a_readwise(alice, sandbox)
    limit, who = limits.X_POSTS_INTO_FILES, taking.account(alice)
    assert limits.spend(limit, who, cost=limit.item.amount)
    mark(alice, thread, "Moss is patient.", 0, post_id="70")
    mark(alice, said(BREAD), WORDS, START)
    tell(row)
    assert [each.facts["text"] for each in sandbox.world.readwise.shelves[token].highlights.values()] == [
        "Moss is patient."
    ]
    assert newest(row).finished_at is None
    assert "X allows 500 of its posts a day" in newest(row).detail


def test_a_limit_of_readwise_is_waited_for(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row, token = a_readwise(alice, sandbox)
    shelf = sandbox.world.readwise.shelves[token]
    shelf.asked.extend([sandbox.world.clock.seconds()] * 240)
    mark(alice, thread, WORDS, START)
    tell(row)
    assert newest(row).status == 429
    assert row.not_before is not None
    assert 50 < (row.not_before - newest(row).created_at).total_seconds() < 65
    shelf.asked.clear()
    later(row)
    assert kept(sandbox, token).facts["text"] == WORDS


def test_a_token_that_was_revoked_stops_it_until_there_is_a_new_one(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row, token = a_readwise(alice, sandbox)
    mark(alice, thread, WORDS, START)
    del sandbox.world.readwise.shelves[token]
    tell(row)
    assert row.stopped_at is not None
    assert Letter.objects.get(name="integration_stopped").to == "alice@example.com"
    again, fresh = a_readwise(alice, sandbox)
    assert (again.id, again.stopped_at) == (row.id, None)
    assert integrations.send_all(again) == 1
    tell(again)
    assert kept(sandbox, fresh).facts["text"] == WORDS


def test_what_was_deleted_at_readwise_is_not_brought_back_by_a_change(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row, token = a_readwise(alice, sandbox)
    made = mark(alice, thread, WORDS, START)
    tell(row)
    sandbox.world.readwise.shelves[token].highlights.clear()
    highlights.annotate(made, "More.")
    tell(row)
    assert (newest(row).status, newest(row).delivered, row.failures) == (404, False, 0)
    assert sandbox.world.readwise.shelves[token].highlights == {}
    assert not ReadwiseCopy.objects.exists()


@pytest.mark.parametrize("token", ["wrong", "with space", "ünïcode", "", "a" * 300, "line\nbreak"])
def test_a_token_that_is_none_is_refused(alice: User, sandbox: Sandbox, token: str) -> None:
    with pytest.raises(CannotConnect, match="does not know this token"):
        integrations.connect_readwise(alice, token)
    assert not Integration.objects.exists()


@pytest.mark.parametrize("kind", ["close", "error", "html", "error-html"])
def test_readwise_being_away_is_said(alice: User, sandbox: Sandbox, kind: str) -> None:
    token = sandbox.world.readwise.join()
    sandbox.world.faults.add("readwise", kind, times=2)  # type: ignore[arg-type]
    with pytest.raises(CannotConnect, match="does not answer just now"):
        integrations.connect_readwise(alice, token)


def test_the_token_lies_encrypted(alice: User, sandbox: Sandbox) -> None:
    row, token = a_readwise(alice, sandbox)
    stored = Integration.objects.get(id=row.id).secret
    assert token not in stored
    assert sealing.unseal(stored) == token


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b"[1]", b'[{"modified_highlights": [1, 2]}]', b'[{"modified_highlights": ["1"]}]', b"\xff"],
)
def test_an_answer_without_a_number_is_none(body: bytes) -> None:
    assert readwise.number_of(Answer(200, {}, body, "")) is None


def test_the_longest_note_is_cut_to_what_readwise_takes(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row, token = a_readwise(alice, sandbox)
    mark(alice, thread, WORDS, START, note="n" * highlights.MOST_NOTE)
    tell(row)
    assert len(kept(sandbox, token).facts["note"]) == readwise.MOST_NOTE
    assert Highlight.objects.get().note == "n" * highlights.MOST_NOTE
