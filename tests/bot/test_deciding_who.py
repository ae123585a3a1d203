"""Who somebody is: the same person under all that networks call them, and the bot itself wherever it is named."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.bot.paper import ANA, BOT, Paper, a_mention, heard
from tests.threads import MARA, a_thread
from unroller import asked, queries
from unroller.actions.bot import deciding
from unroller.actions.bot.silence import KeepsSilent
from unroller.core.posts import Person
from unroller.models import Author, BotAccount, LeftAlone, Mention, Profile, Thread

pytestmark = pytest.mark.django_db

HERE, HOME = "bot.example", "home.example"


@dataclass
class Row:
    """What the bot knows of somebody who mentions it on Mastodon: their server's name, and its own server's number."""

    source: str = "mastodon"
    asker_id: str = f"{HERE}/771"
    asker_handle: str = f"Ana@{HOME}"


def an_author(**values: object) -> Author:
    """The same person as their own server tells of them."""
    facts = {"handle": f"ana@{HOME}", "name": "Ana", "url": f"https://{HOME}/@ana"} | values
    return Author.objects.create(source="mastodon", network_id=f"{HOME}/7", **facts)


@pytest.fixture
def thread(paper: Paper) -> Thread:
    return a_thread(3)


def test_who_opted_out_is_known_by_their_handle_on_any_server_of_mastodon() -> None:
    an_author(opted_out=True)
    row = Row()
    assert deciding.is_refused(row.source, row.asker_id, row.asker_handle)
    assert not deciding.is_refused("x", "7", f"ana@{HOME}")


def test_who_says_stop_on_mastodon_is_left_alone_as_an_author_too() -> None:
    row = Mention(source="mastodon", asker_id=f"{HERE}/771", asker_handle=f"Ana@{HOME}")
    deciding.leave_alone(row)
    author = an_author()
    assert deciding.is_refused(author.source, author.network_id, author.handle)
    assert queries.is_left_alone("mastodon", f"{HERE}/771", f"ana@{HOME}")
    assert not queries.is_left_alone("x", "1", f"ana@{HOME}")


def test_who_was_left_alone_by_number_stays_so() -> None:
    LeftAlone.objects.create(source="mastodon", network_id=f"{HERE}/771", reason="said so")
    row = Row()
    assert deciding.is_refused(row.source, row.asker_id, row.asker_handle)


def test_requests_by_mention_are_found_for_who_proved_a_profile_of_another_server() -> None:
    ana = User.objects.create_user("ana@example.org")
    Profile.objects.create(user=ana, author=an_author())
    facts = {"asker_id": f"{HERE}/771", "written_at": timezone.now()}
    Mention.objects.create(source="mastodon", key="1", asker_handle=f"ana@{HOME}", **facts)
    Mention.objects.create(source="mastodon", key="2", asker_handle="ana@elsewhere.example", **facts)
    Mention.objects.create(source="x", key="3", asker_handle=f"ana@{HOME}", **facts)
    assert [row.key for row in asked.mentions(ana)] == ["1"]


def test_what_the_bot_itself_wrote_is_not_unrolled_by_quotes_and_links(paper: Paper) -> None:
    """X does not say who wrote what is quoted."""
    BotAccount.objects.create(source="x", network_id=MARA.id, handle="unroller", due_at=timezone.now())
    a_thread(3)
    assert heard(a_mention(parent_key="", quoted_key="2")).reason == "own"
    text = "@unroller unroll https://x.com/maralind/status/3"
    assert heard(a_mention("101", text, parent_key="")).reason == "own"
    assert paper.posted == []


def test_an_edited_mention_whose_history_nobody_tells_is_not_answered_again(paper: Paper, thread: Thread) -> None:
    assert heard(a_mention("100")).state == "answered"
    Mention.objects.update(created_at=timezone.now() - timedelta(minutes=55))
    assert heard(a_mention("101", "@unroller please unroll")).reason == "just-answered"
    quoted = {"parent_key": "", "quoted_key": "2"}
    assert [heard(a_mention(key, **quoted)).state for key in ("102", "103")] == ["answered", "silent"]
    Mention.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    assert heard(a_mention("104")).state == "answered"


def test_who_said_stop_takes_it_back_with_start(paper: Paper, thread: Thread) -> None:
    heard(a_mention("100", "@unroller stop"))
    assert heard(a_mention("101")).reason == "left-alone"
    assert heard(a_mention("102", "@unroller start, please")).reason == "started"
    assert heard(a_mention("103")).state == "answered"
    assert len(paper.posted) == 1


def test_start_does_not_undo_what_an_operator_wrote_down_nor_an_opt_out(paper: Paper, thread: Thread) -> None:
    LeftAlone.objects.create(source="x", network_id=ANA.id, reason="wrote to us")
    heard(a_mention("100", "@unroller start"))
    assert heard(a_mention("101")).reason == "left-alone"


def test_start_is_said_to_the_bot_by_name(paper: Paper, thread: Thread) -> None:
    heard(a_mention("100", "@unroller stop"))
    heard(a_mention("101", "start", is_explicit=False, parent_author_id=BOT.id))
    assert heard(a_mention("102")).reason == "left-alone"


def test_an_unlisted_author_of_another_server_is_unrolled_for_themselves(paper: Paper) -> None:
    mara = Person(id=MARA.id, handle=MARA.handle, name=MARA.name, url=MARA.url, unlisted=True)
    thread = a_thread(3, author=mara)
    Author.objects.update(source="mastodon", network_id=f"{HOME}/7", handle=f"ana@{HOME}")
    row = Mention(source="mastodon", asker_id=f"{HERE}/771", asker_handle=f"ana@{HOME}")
    deciding.refuse_thread(row, Thread.objects.get(id=thread.id))
    row.asker_handle = f"bea@{HOME}"
    with pytest.raises(KeepsSilent):
        deciding.refuse_thread(row, Thread.objects.get(id=thread.id))
