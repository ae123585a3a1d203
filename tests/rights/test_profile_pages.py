"""Claims and profiles: proved by the code alone, seen by their owner alone."""

import pytest
from django.test import Client

from tests.follows import a_reader
from tests.sandbox.world import World
from tests.threads import a_thread
from unroller.actions import profiles, proving
from unroller.models import Claim, Profile, Proof

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("sandbox")
def test_a_code_in_a_post_proves_the_profile_and_somebody_elses_post_does_not(world: World) -> None:
    alice, charlie = world.x.person("alice"), world.x.person("charlie")
    row = proving.claim(a_reader(), "https://x.com/alice")
    stranger = world.x.post(charlie, f"I am {row.code}")
    proving.look(row, world.x.link(stranger))
    proving.run(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Claim.State.OPEN, proving.NOT_THEIRS)
    own = world.x.post(alice, f"It is me: {row.code}")
    proving.look(row, world.x.link(own))
    proving.run(str(row.pk))
    assert Profile.objects.get().proof == Proof.POST


@pytest.mark.usefixtures("sandbox")
def test_without_the_code_nothing_is_proved(world: World) -> None:
    world.x.person("alice")
    row = proving.claim(a_reader(), "https://x.com/alice")
    proving.look(row)
    proving.run(str(row.pk))
    row.refresh_from_db()
    assert (row.state, row.sentence) == (Claim.State.OPEN, proving.NOT_IN_BIO)


def test_an_author_sees_their_threads_and_takes_one_away(client: Client) -> None:
    user, thread = a_reader(), a_thread(2)
    found = profiles.grant(user, thread.author, Proof.BIO)
    client.force_login(user)
    assert b"This is post 1" in client.get(f"/profiles/{found.pk}").content
    assert client.get("/profiles").status_code == 200
    client.post(f"/profiles/{found.pk}", {"do": "take-away", "thread": thread.pk})
    thread.refresh_from_db()
    assert thread.removed == "Withdrawn"
    client.post(f"/profiles/{found.pk}", {"do": "support-off"})
    assert client.get(f"/support?thread=x/{thread.path}").status_code == 204
    client.post(f"/profiles/{found.pk}", {"do": "opt-out"})
    thread.author.refresh_from_db()
    assert not thread.author.opted_out
    client.post(f"/profiles/{found.pk}", {"do": "opt-out", "sure": "1"})
    thread.author.refresh_from_db()
    assert thread.author.opted_out


def test_a_stranger_sees_neither_claim_nor_profile(client: Client) -> None:
    bob, thread = a_reader(), a_thread(2)
    found = profiles.grant(bob, thread.author, Proof.BIO)
    claim = Claim.objects.create(user=bob, text="@a", source="x", key="a")
    client.force_login(a_reader("charlie"))
    for address in (f"/profiles/{found.pk}", f"/profiles/claims/{claim.pk}"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"do": "opt-out", "sure": "1"}).status_code == 404
