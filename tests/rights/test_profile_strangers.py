"""Profiles and claims: what they cost, who sees them, how they are proved, and what is free for whom."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from tests.accounts.signing import a_person, an_account
from tests.follows import a_reader
from tests.library_files import ANA
from tests.sandbox.world import World
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller.actions import profiles, proving
from unroller.core.posts import Person
from unroller.models import Author, Claim, Profile, Proof
from unroller.views import files

pytestmark = pytest.mark.django_db


def asked(row: Claim) -> Claim:
    """A look as a worker takes it."""
    proving.look(row)
    proving.run(str(row.pk))
    row.refresh_from_db()
    return row


def test_pages_cost_the_same_for_one_and_for_many(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = a_reader()
    found = profiles.grant(user, a_thread(2).author, Proof.BIO)
    claim = Claim.objects.create(user=user, text="@a", source="x", key="a")
    client.force_login(user)
    numbers = []
    for count in (1, 8):
        for number in range(count):
            a_thread(2, first=100 * number + 1000)
            person = Person(id=f"p{number}", handle=f"p{number}", name="P", url="https://x.com/p")
            author = a_thread(2, first=100 * number + 50, author=person).author
            profiles.grant(user, author, Proof.BIO)
            Claim.objects.get_or_create(user=user, text="@b", source="x", key=f"b{number}")
        spent = []
        for address in ("/profiles", f"/profiles/{found.pk}", f"/profiles/claims/{claim.pk}"):
            with django_assert_max_num_queries(12) as queries:
                assert client.get(address).status_code == HTTPStatus.OK
            spent.append(len(queries))
        numbers.append(spent)
    assert numbers[0] == numbers[1]


def test_guests_are_asked_to_sign_in(client: Client) -> None:
    user = a_reader()
    found = profiles.grant(user, a_thread(2).author, Proof.BIO)
    claim = Claim.objects.create(user=user, text="@a", source="x", key="a")
    for address in ("/profiles", f"/profiles/{found.pk}", f"/profiles/claims/{claim.pk}"):
        for answer in (client.get(address), client.post(address, {"do": "opt-out", "sure": "1"})):
            assert answer.status_code == HTTPStatus.FOUND
            assert answer["Location"].startswith("/accounts/login/")
    assert not Author.objects.filter(opted_out=True).exists()


def test_strangers_see_nothing_of_them_in_their_own_list(client: Client) -> None:
    user = a_reader()
    profiles.grant(user, a_thread(2).author, Proof.BIO)
    Claim.objects.create(user=user, text="@somebody-new", source="x", key="a")
    client.force_login(a_reader("charlie"))
    page = client.get("/profiles").content.decode()
    assert "Mara Lindqvist" not in page
    assert "somebody-new" not in page


def test_who_proved_a_profile_takes_their_own_threads_for_nothing(
    client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BILLING_ENABLED = True
    monkeypatch.setattr(files, "PATIENCE", 0.0)
    own_place(tmp_path, settings)
    own, other = a_thread(2, author=ANA, source="bluesky"), a_thread(2, first=100)
    bob = a_reader()
    client.force_login(bob)
    assert client.get(f"{own.get_absolute_url()}.pdf").status_code == HTTPStatus.PAYMENT_REQUIRED
    found = profiles.grant(bob, own.author, Proof.BIO)
    for ending in ("pdf", "epub"):
        assert client.get(f"{own.get_absolute_url()}.{ending}").status_code == HTTPStatus.SEE_OTHER
        assert client.get(f"{other.get_absolute_url()}.{ending}").status_code == HTTPStatus.PAYMENT_REQUIRED
    profiles.let_go(found)
    assert client.get(f"{own.get_absolute_url()}.pdf").status_code == HTTPStatus.PAYMENT_REQUIRED


def test_who_signs_in_with_x_needs_no_code(client: Client) -> None:
    bob = a_person("bob@example.com")
    client.force_login(bob)
    assert client.post("/profiles", {"do": "sign-in"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert not Profile.objects.exists()
    an_account(user=bob).save()
    for _ in range(2):
        assert client.post("/profiles", {"do": "sign-in"}).status_code == HTTPStatus.SEE_OTHER
    found = Profile.objects.get()
    assert (found.user, found.proof, found.author.source, found.author.network_id) == (bob, Proof.SIGN_IN, "x", "17")


@pytest.mark.usefixtures("sandbox")
def test_a_code_in_the_bio_proves_it_for_whose_code_it_is(world: World) -> None:
    ana = world.bluesky.person("ana.example", bio="I write.")
    bob, charlie = a_reader(), a_reader("charlie")
    mine, other = (proving.claim(user, "https://bsky.app/profile/ana.example") for user in (bob, charlie))
    ana.bio = f"I write. {mine.code.upper()[:4]}{mine.code[4:]}"
    assert asked(other).state == Claim.State.OPEN
    assert asked(mine).state == Claim.State.PROVED
    found = Profile.objects.get()
    assert (found.user, found.author.network_id, found.proof) == (bob, ana.did, Proof.BIO)


@pytest.mark.usefixtures("sandbox")
def test_a_network_that_makes_us_wait_for_a_day_ends_the_look(world: World) -> None:
    world.x.person("alice")
    row = proving.claim(a_reader(), "https://x.com/alice")
    world.faults.add("x", "rate-limited", seconds=90)
    assert asked(row).state == Claim.State.CHECKING
    assert row.not_before is not None
    Claim.objects.update(asked_at=timezone.now() - timedelta(days=1, seconds=1), not_before=None)
    proving.run(str(row.pk))
    row.refresh_from_db()
    assert row.state == Claim.State.OPEN
    assert "X" in row.sentence
