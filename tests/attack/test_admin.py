"""The admin takes anything from an operator: no error of ours, nothing is done by looking or without its deed."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from hypothesis import given
from pytest_django import Settings

from accounts.models import Deed
from tests.attack import operators
from tests.attack.depth import examples
from tests.attack.operators import Owner
from tests.attack.people import rows, written
from tests.attack.test_forms import NOT_HERE, Request, sent, words
from tests.operating import an_operator
from tests.sandbox.world import World
from tests.whole_person import keep_files_in
from unroller import store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

EXAMPLES = 10
CHUNKS = 6
LOG = {"accounts_deed", "usersessions_usersession"}
"""What is written down of whoever asks, whatever they ask."""


class Ground:
    """An operator, and what is there before anything is sent."""

    def __init__(self, client: Client) -> None:
        operators.everything()
        self.client = an_operator(client)
        self.owners = operators.owners(self.client)
        self.cookies = client.cookies.output(header="", sep=";")
        self.rows = self._rows()
        self.answered: dict[int, int] = {}

    def look(self, request: Request) -> None:
        """Send it, hold the answer against what is promised, and put everything back."""
        store.client().flushdb()
        self.client.cookies = SimpleCookie(self.cookies)
        before, deeds, point = written(), Deed.objects.count(), transaction.savepoint()
        try:
            answer = sent(self.client, request)
            if written() > before:
                self._hold_written(request, answer, deeds)
            self._hold(answer)
        finally:
            transaction.savepoint_rollback(point)
        self.answered[answer.status_code] = self.answered.get(answer.status_code, 0) + 1

    def _hold(self, answer: Any) -> None:
        assert answer.status_code < 500 or answer.status_code in NOT_HERE, answer.status_code
        assert b"Traceback (most" not in words(answer)
        assert answer.headers.get("Location", "/").startswith(("/", ".", "?")), answer.headers["Location"]

    def _hold_written(self, request: Request, answer: Any, deeds: int) -> None:
        if self._rows() != self.rows:
            assert answer.status_code < 400
            assert request.method == "POST"
            assert Deed.objects.count() > deeds

    def _rows(self) -> dict[str, str]:
        return {name: found for name, found in rows().items() if name not in LOG}


@pytest.fixture
def ground(client: Client, settings: Settings, tmp_path: Any, world: World) -> Ground:
    world.stripe.requests.expect_problems()
    settings.BILLING_ENABLED = True
    keep_files_in(tmp_path, settings)
    settings.DATA_DIR = tmp_path
    return Ground(client)


def attacked(ground: Ground, owner: Owner) -> None:
    @examples(EXAMPLES)
    @given(request=operators.requests(owner))
    def attack(request: Request) -> None:
        ground.look(request)

    attack()


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_a_table_takes_anything(ground: Ground, chunk: int) -> None:
    broken = []
    for owner in ground.owners[chunk::CHUNKS]:
        try:
            attacked(ground, owner)
        except Exception as error:
            broken.append(error)
    assert ground.answered.keys() >= {200, 302}
    assert not broken, ExceptionGroup(f"{len(broken)} tables broke", broken)


def test_what_the_admin_has_beside_its_tables_takes_anything(ground: Ground) -> None:
    keys = [key for owner in ground.owners for key in owner.keys[:1]]

    @examples(4 * EXAMPLES)
    @given(request=operators.beside(keys))
    def attack(request: Request) -> None:
        ground.look(request)

    attack()


def test_every_table_has_rows_and_the_attack_reaches_what_is_done_with_them(ground: Ground) -> None:
    assert not [owner.model for owner in ground.owners if not owner.keys]
    assert len([owner for owner in ground.owners if owner.forms]) > 30
    actions = {action for owner in ground.owners for action in owner.actions}
    assert {"hide", "ban", "lift_ban", "refund", "show_again", "try_again", "delete_selected"} <= actions
