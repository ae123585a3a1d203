"""Members of whom Patreon does not say who they are."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from billing.actions import patrons
from billing.models import Patron
from tests.billing.patreon.walking import connect, has_premium
from tests.sandbox.patreon import api as pretended
from tests.sandbox.patreon.model import Member, Person
from tests.sandbox.patreon.network import Patreon
from tests.sandbox.patreon.shapes import Asked, member_resource
from tests.sandbox.wire import Json

pytestmark = pytest.mark.django_db


def later(**ahead: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=True)


def hide(monkeypatch: pytest.MonkeyPatch, *people: Person) -> None:
    """In the list Patreon does not say whose membership these have."""

    def resource(member: Member, asked: Asked) -> Json:
        shown = member_resource(member, asked)
        if member.person in people:
            shown["relationships"]["user"] = {"data": None}
        return shown

    monkeypatch.setattr(pretended, "member_resource", resource)


def test_a_member_whose_person_is_not_told_is_counted(
    alice: User, patreon: Patreon, monkeypatch: pytest.MonkeyPatch
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patreon.join(other := patreon.person("Somebody Else"))
    connect(alice, mina)
    hide(monkeypatch, other)
    with later(days=1):
        assert patrons.look_at_due() == 1
        assert has_premium(alice)
    with later(days=4):
        assert has_premium(alice)


def test_a_patron_whose_person_is_not_told_is_known_by_the_membership(
    alice: User, patreon: Patreon, monkeypatch: pytest.MonkeyPatch
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    hide(monkeypatch, mina)
    with later(days=1):
        assert patrons.look_at_due() == 1
        assert has_premium(alice)
        patreon.cancel(mina)
        Patron.objects.update(checked_at=None)
        assert patrons.look_at_due() == 1
        assert not has_premium(alice)
