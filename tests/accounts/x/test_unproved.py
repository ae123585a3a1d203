"""Coming from X with an address that was not proved yet: it tells nothing, binds nobody, and floods no mailbox."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models.signals import pre_save
from django.test import Client
from django.utils import timezone

from accounts.actions import newcomers
from accounts.models import Letter, User
from accounts.x.identity import identity
from tests.accounts.signing import ADDRESS_CODE, CODE, a_person, ask_for_code, newest_code
from tests.accounts.x.crossing import code_for, come_back, name_address, person_in, sign_in_by_code
from tests.sandbox.x.model import Person

pytestmark = pytest.mark.django_db

KNOWN, FREE = "known@example.com", "free@example.com"
ADDRESS = "/accounts/connections/new/"


@pytest.fixture
def seconds() -> Any:
    """A clock that stands still until it is moved."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield lambda count: clock.shift(timedelta(seconds=count))


def test_the_second_time_tells_nobody_whether_an_address_has_an_account(ada: Person, seconds: Any) -> None:
    a_person(KNOWN)
    seen = []
    for email in (KNOWN, FREE):
        for again in (first := Client(), first, Client()):
            back = come_back(again, ada)
            seen.append((back["Location"], name_address(again, back, email)["Location"]))
            seconds(61)
    assert seen == [(ADDRESS, ADDRESS_CODE)] * 6


def test_nor_does_giving_up_and_looking_at_the_page_of_the_code(ada: Person) -> None:
    a_person(KNOWN)
    seen = []
    for email in (KNOWN, FREE):
        stranger = Client()
        name_address(stranger, come_back(stranger, ada), email)
        stranger.post("/accounts/logout/")
        seen.append(stranger.get(ADDRESS_CODE).headers.get("Location"))
    assert seen == ["/accounts/login/"] * 2


def test_whoever_mistyped_their_address_names_another_one(client: Client, ada: Person) -> None:
    name_address(client, come_back(client, ada), "tpyo@example.com")
    answer = name_address(client, come_back(client, ada), "ada@example.com")
    client.post(answer["Location"], {"code": code_for("ada@example.com")})
    user = person_in(client)
    assert user is not None
    assert (user.email, user.name) == ("ada@example.com", "Ada Lovelace")
    assert str(identity(user)) == "@ada"
    assert User.objects.count() == SocialAccount.objects.count() == EmailAddress.objects.count() == 1


def test_whoever_is_signed_in_connects_x_although_they_named_an_address_before(client: Client, ada: Person) -> None:
    name_address(client, come_back(client, ada), FREE)
    other = Client()
    sign_in_by_code(other, "bob@example.com")
    come_back(other, ada, process="connect")
    bob = person_in(other)
    assert bob is not None
    assert str(identity(bob)) == "@ada"


def test_a_code_whose_newcomer_is_gone_is_no_code(client: Client, ada: Person) -> None:
    answer = name_address(client, come_back(client, ada), FREE)
    newcomers.make_room(FREE, user=User(pk=0))
    late = client.post(answer["Location"], {"code": code_for(FREE)}, follow=True)
    assert late.status_code == 200
    assert person_in(client) is None
    assert not User.objects.exists()


def test_a_mailed_code_is_no_code_once_its_newcomer_names_another_address(client: Client, ada: Person) -> None:
    name_address(client, come_back(client, ada), FREE)
    owner = Client()
    ask_for_code(owner, FREE)
    come_back(Client(), ada)
    assert owner.post(CODE, {"code": newest_code(FREE)}, follow=True).status_code == 200
    assert person_in(owner) is None


def test_a_strangers_mailbox_is_not_flooded(ada: Person, seconds: Any) -> None:
    a_person(KNOWN)
    for _ in range(15):
        visitor = Client()
        name_address(visitor, come_back(visitor, ada), KNOWN)
        seconds(60)
    assert Letter.objects.filter(to=KNOWN).count() == 10


def test_of_two_who_name_a_free_address_at_once_the_second_is_told_what_everybody_is(
    client: Client, ada: Person
) -> None:
    def come_first(sender: type[User], instance: User, **_: Any) -> None:
        User.objects.bulk_create([User(email=instance.email, password="!")])

    answer = come_back(client, ada)
    pre_save.connect(come_first, sender=User)
    try:
        answer = name_address(client, answer, FREE)
    finally:
        pre_save.disconnect(come_first, sender=User)
    assert answer["Location"] == ADDRESS_CODE
    assert client.get(ADDRESS_CODE).status_code == 200
    assert Letter.objects.get(to=FREE).name == "account_already_exists"
    assert not SocialAccount.objects.exists()
