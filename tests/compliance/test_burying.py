"""A post that is gone leaves its thread, and the cards of others, without anybody being asked."""

import pytest
from django.db import transaction

from tests.threads import MARA, a_pile, a_thread, stored
from unroller.actions import threads
from unroller.core.posts import Person, Pile, Quote
from unroller.models import Author, Member, Thread

pytestmark = pytest.mark.django_db


def bury(row: Thread, *ids: str) -> bool:
    with transaction.atomic():
        return threads.bury(Thread.objects.select_for_update().get(id=row.id), ids)


def texts(row: Thread) -> list[str]:
    row.refresh_from_db()
    found = threads.content(row)
    return [post.text for post in found.posts] if found else []


def test_a_post_in_the_middle_leaves_a_gap_and_its_link_still_leads_there() -> None:
    row = a_thread(4)
    asked_at = row.fetched_at
    assert bury(row, "3")
    assert texts(row) == ["This is post 1.", "This is post 2.", "This is post 4."]
    assert (row.removed, row.reasons, row.version, row.fetched_at) == ("", ["gap"], 2, asked_at)
    assert Member.objects.get(path="3").anchor == "post-3"
    assert "post 3" not in str(row.document)


def test_a_post_that_is_buried_already_changes_nothing() -> None:
    row = a_thread(4)
    assert bury(row, "3")
    assert not bury(row, "3")
    row.refresh_from_db()
    assert row.version == 2


def test_without_its_head_the_whole_thread_goes() -> None:
    row = a_thread(3)
    assert bury(row, "1")
    row.refresh_from_db()
    assert (row.removed, row.document) == ("Gone", None)


def test_a_card_of_a_post_that_is_gone_loses_its_words() -> None:
    other = Person(id="2", handle="other", name="Other", url="https://x.com/other")
    row = a_thread(2, quote=Quote(id="77", author=other, text="Words of somebody else."))
    assert bury(row, "77")
    row.refresh_from_db()
    assert "Words of somebody else" not in str(row.document)
    assert (len(texts(row)), row.reasons) == (2, [])


def test_burying_does_not_list_an_author_again_who_asked_not_to_be() -> None:
    row = a_thread(3)
    Author.objects.update(unlisted=True)
    assert bury(row, "2")
    row.refresh_from_db()
    assert row.unlisted
    assert Author.objects.get().unlisted


def test_the_card_of_the_post_that_the_head_answers_stays_when_another_post_goes() -> None:
    other = Person(id="2", handle="other", name="Other", url="https://x.com/other")
    head = a_pile(1, first=90, author=other).posts[0]
    pile = a_pile(3, parent_id="90", parent_author_id="2", parent_order=(2, "90"), root_id="90")
    row = stored(Pile(source="x", anchor_id="1", posts=(head, *pile.posts)))
    assert row.author.network_id == MARA.id
    assert bury(row, "2")
    found = threads.content(Thread.objects.get(id=row.id))
    assert found is not None
    assert found.context is not None
    assert found.context.text == "This is post 90."
