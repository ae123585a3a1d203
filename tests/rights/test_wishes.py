"""What authors without an account wished for is done once they showed who they are, or decided by an operator."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Letter
from tests.follows import a_reader
from tests.operating import address as admin
from tests.operating import an_operator, listed
from tests.rights.asking import IDA, address, asked
from tests.sandbox.world import World
from tests.test_unrolling import a_chain, unroll
from tests.threads import a_thread
from unroller.actions import author_asks, author_wishes, opting_out, proving
from unroller.actions.patience import LEASE, MOST_ATTEMPTS
from unroller.models import Author, Claim, Proof, Thread, Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "empty_redis")]


class KilledError(BaseException):
    """A worker that is no more."""


def a_thread_of_alice(world: World) -> Thread:
    unroll(world.x.link(a_chain(world, name="alice")[0]))
    return Thread.objects.get()


def shown(world: World, row: Claim, *, by: str = "alice") -> Claim:
    """The code is in a post, and a worker looked."""
    author = world.x.named(by) or world.x.person(by)
    own = world.x.post(author, f"It is me: {row.code}")
    proving.look(row, world.x.link(own))
    return worked(row)


def worked(row: Claim) -> Claim:
    proving.run(str(row.pk))
    row.refresh_from_db()
    return row


def letters() -> list[str]:
    return list(Letter.objects.filter(to=IDA).order_by("created_at").values_list("name", flat=True))


def test_who_shows_the_code_in_their_profile_is_left_alone_at_once(world: World, client: Client) -> None:
    thread = a_thread_of_alice(world)
    row = asked()
    alice = world.x.named("alice")
    assert alice is not None
    alice.bio = f"Sailor. {row.code}"
    client.post(address(row), {"do": "in-profile"})
    worked(row)
    thread.author.refresh_from_db()
    assert thread.author.opted_out
    assert client.get(thread.get_absolute_url()).status_code == 410
    assert (row.state, row.proof, letters()) == (Claim.State.PROVED, Proof.BIO, ["author_asked", "author_wish_done"])
    assert (row.text, row.key, row.words) == ("", "", "")
    assert "It is done" in client.get(address(row)).content.decode()


def test_who_opted_out_may_opt_in_again(world: World) -> None:
    thread = a_thread_of_alice(world)
    opting_out.opt_out(thread.author)
    assert shown(world, asked(Wish.OPT_IN)).done_at
    assert not Author.objects.get(pk=thread.author_id).opted_out


def test_one_thread_goes_and_the_others_stay(world: World, client: Client) -> None:
    thread = a_thread_of_alice(world)
    row = shown(world, asked(Wish.REMOVE, thread_link=f"https://x.com/alice/status/{thread.path}"))
    thread.refresh_from_db()
    assert (thread.removed, row.state) == ("Withdrawn", Claim.State.PROVED)
    assert not Author.objects.get(pk=thread.author_id).opted_out


def test_somebody_elses_thread_stays_and_its_asker_is_told_why(world: World, client: Client) -> None:
    thread = a_thread(2)
    world.x.person("alice")
    row = shown(world, asked(Wish.REMOVE, thread_link="https://x.com/maralind/status/1"))
    thread.refresh_from_db()
    assert (thread.removed, row.state, row.sentence) == ("", Claim.State.ENDED, author_wishes.NOT_THEIRS)
    assert letters() == ["author_asked", "author_wish_refused"]
    assert author_wishes.NOT_THEIRS in client.get(address(row)).content.decode()


def test_a_stranger_who_shows_the_code_gets_nothing(world: World) -> None:
    thread = a_thread_of_alice(world)
    row = shown(world, asked(), by="charlie")
    assert (row.state, row.sentence) == (Claim.State.OPEN, proving.NOT_THEIRS)
    assert not Author.objects.get(pk=thread.author_id).opted_out
    assert letters() == ["author_asked"]


@pytest.mark.parametrize("place", ["fulfil", "settle"])
def test_a_worker_killed_between_proof_and_mail_leaves_a_row_that_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    thread = a_thread_of_alice(world)
    row = asked()

    def killed(*_: object) -> str:
        raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(author_wishes, place, killed)
        with pytest.raises(KilledError):
            shown(world, row)
    row.refresh_from_db()
    assert (row.state, row.proof, row.done_at) == (Claim.State.CHECKING, Proof.POST, None)
    world.faults.add("x", "error", times=-1)  # who was proved is not looked for again
    with time_machine.travel(timezone.now() + LEASE + timedelta(seconds=1)):
        assert proving.sweep() == 1
        worked(row)
    assert Author.objects.get(pk=thread.author_id).opted_out
    assert letters() == ["author_asked", "author_wish_done"]
    assert proving.sweep() == 0


def test_a_wish_that_kills_every_worker_is_an_operators(world: World) -> None:
    a_thread_of_alice(world)
    row = asked()
    author = Author.objects.get()
    spent = {"attempts": MOST_ATTEMPTS, "proof": Proof.BIO, "author": author}
    Claim.objects.update(state=Claim.State.CHECKING, **spent)
    assert worked(row).state == Claim.State.ENDED
    author_asks.grant(row)
    assert worked(row).done_at


def test_what_is_not_shown_within_a_week_waits_for_an_operator(client: Client) -> None:
    row = asked()
    with time_machine.travel(timezone.now() + proving.OPEN_FOR + timedelta(minutes=1)):
        assert proving.tidy() == 0
        row.refresh_from_db()
        assert (row.state, row.done_at) == (Claim.State.ENDED, None)
        assert proving.WAITS in client.get(address(row)).content.decode()
        author_asks.refuse(row, "We could not see that it is you.")
    with time_machine.travel(timezone.now() + timedelta(days=200)):
        asked(Wish.OTHER)
        assert proving.tidy() == 1
    assert Claim.objects.get().wish == Wish.OTHER


def decide(operator: Client, row: Claim, decision: str, answer: str = "") -> str:
    place = f"{admin(Claim)}{row.pk}/change/"
    return operator.post(place, {"decision": decision, "answer": answer}, follow=True).content.decode()


def test_an_operator_grants_without_the_code_and_a_worker_does_it(world: World, client: Client) -> None:
    thread = a_thread_of_alice(world)
    row = asked()
    decide(an_operator(client), row, "grant", "We believe you.")
    assert worked(row).proof == Proof.OPERATOR
    assert Author.objects.get(pk=thread.author_id).opted_out
    assert "We believe you." in Letter.objects.get(name="author_wish_done").text


def test_an_operator_answers_something_else_once(world: World, client: Client) -> None:
    world.x.person("alice")
    row = shown(world, asked(Wish.OTHER))
    assert (row.state, row.done_at) == (Claim.State.PROVED, None)
    operator = an_operator(client)
    assert "alice" in listed(operator, Claim, turn="ours")
    decide(operator, row, "grant", "Your <b>name</b> is changed.")
    letter = Letter.objects.get(name="author_wish_done")
    assert "Your <b>name</b> is changed." in letter.text
    assert "&lt;b&gt;name" in letter.html
    decide(operator, row, "refuse", "No.")
    with pytest.raises(author_asks.CannotDecide):
        author_asks.refuse(row, "No.")
    assert letters() == ["author_asked", "author_wish_done"]
    assert "alice" not in listed(operator, Claim, turn="ours")


def test_an_operator_refuses_with_words(client: Client) -> None:
    row = asked(Wish.OTHER)
    operator = an_operator(client)
    assert "Please say why" in decide(operator, row, "refuse")
    assert letters() == ["author_asked"]
    decide(operator, row, "refuse", "This is not about you.")
    assert "This is not about you." in Letter.objects.get(name="author_wish_refused").html
    assert "This is not about you." in client.get(address(row)).content.decode()


def test_nobody_decides_what_a_worker_has_in_hand() -> None:
    row = asked()
    proving.look(row)
    for deed in (author_asks.grant, author_asks.refuse):
        with pytest.raises(author_asks.CannotDecide):
            deed(row, "No.")


def test_readers_claims_are_decided_by_their_code_alone(client: Client) -> None:
    row = Claim.objects.create(user=a_reader(), text="@a", source="x", key="a")
    page = an_operator(client).get(f"{admin(Claim)}{row.pk}/change/").content.decode()
    assert 'name="decision"' not in page
    with pytest.raises(author_asks.CannotDecide):
        author_asks.grant(row)


def test_only_operators_see_the_list_and_it_asks_the_same_for_few_and_many(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    asked(Wish.OTHER)
    client.force_login(a_reader())
    assert client.get(admin(Claim)).status_code == 302
    operator = an_operator(client)
    with django_assert_num_queries(5):
        listed(operator, Claim)
    for _ in range(10):
        asked(Wish.OTHER)
    with django_assert_num_queries(5):
        listed(operator, Claim)
