"""What names an author beside their threads goes with them, and forms that are sent twice are one wish."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Letter
from tests.follows import a_reader
from tests.rights.asking import FORM, asked, fields
from tests.rights.test_opting_out import tables_with
from tests.sandbox.world import World
from tests.threads import MARA, a_thread
from unroller.actions import author_asks, opting_out, profiles, proving
from unroller.actions.bot.silence import Silence
from unroller.core.posts import Person
from unroller.models import Claim, ContactMessage, Lookup, Mention, Proof, Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def test_their_claims_searches_for_them_and_what_they_asked_the_bot_name_them_no_more() -> None:
    author, bob, now = a_thread(2).author, a_reader(), timezone.now()
    profile = profiles.grant(bob, author, Proof.POST)
    named = {"text": "@maralind", "source": "x", "key": "maralind", "author": author, "finished_at": now}
    link = "https://x.com/maralind/status/9"
    Claim.objects.create(user=bob, post_link=link, state=Claim.State.PROVED, proof=Proof.POST, **named)
    Claim.objects.create(
        email="ida@example.org", wish=Wish.OTHER, words="I am maralind.", state=Claim.State.PROVED, done_at=now, **named
    )
    Lookup.objects.create(user=bob, state=Lookup.State.DONE, **named)
    Mention.objects.create(
        source="x", key="9", document={"text": "maralind asks"}, asker_id=MARA.id, asker_handle=MARA.handle,
        state=Mention.State.SILENT, reason=Silence.TAKEN_BACK, written_at=now, finished_at=now,
    )  # fmt: skip
    opting_out.opt_out(author)
    opting_out.go_on()
    assert tables_with(MARA.handle) == []
    profile.refresh_from_db()


def test_a_form_that_is_sent_twice_at_once_is_one_wish_and_one_mail(client: Client) -> None:
    form = fields()
    for _ in range(2):
        assert client.post(FORM, form).status_code == 303
    assert (Claim.objects.count(), Letter.objects.count()) == (1, 1)
    client.post(FORM, fields(wish="opt-in"))
    assert Claim.objects.count() == 2


def test_a_message_that_is_sent_twice_at_once_is_one(client: Client) -> None:
    form = fields(subject="Hello", text="A question.")
    for _ in range(2):
        assert client.post("/contact", form).status_code == 303
    assert ContactMessage.objects.count() == 1
    client.post("/contact", form | {"text": "Another question."})
    assert ContactMessage.objects.count() == 2


def test_a_namesake_does_not_keep_an_author_from_their_own_thread() -> None:
    own = a_thread(2, author=Person(id="2", handle="alice", name="Alice", url="https://x.com/alice"))
    a_thread(2, first=90, author=Person(id="3", handle="Alice", name="Other", url="https://x.com/alice"))
    assert asked(Wish.REMOVE, thread_link=f"https://x.com/alice/status/{own.path}").thread == own


def ended(row: Claim) -> Claim:
    proving.run(str(row.pk))
    row.refresh_from_db()
    return row


@pytest.mark.usefixtures("sandbox")
def test_what_somebody_else_wrote_proves_nothing_where_it_is_only_repeated(world: World) -> None:
    """The one who claims has them repeat, or quote, or answer a post with the code."""
    row = author_asks.ask("ida@example.org", Wish.OPT_OUT, "https://x.com/alice")
    alice, charlie = world.x.person("alice"), world.x.person("charlie", name=row.code)
    bait = world.x.post(charlie, f"Repeat me: {row.code}")
    repeated, quoting = world.x.retweet(alice, bait), world.x.post(alice, "Look at this.", quote=bait)
    below = world.x.post(alice, "What is that?", under=bait)
    for each in (repeated, quoting, below):
        proving.look(row, world.x.link(each))
        assert (ended(row).state, bool(row.proof)) == (Claim.State.OPEN, False)
