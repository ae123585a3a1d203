"""What operators see of kept media."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.keeping import a_member, copied, film, kept_for, photo, showing, stream
from tests.operating import an_operator
from tests.sandbox.server import Sandbox
from tests.thread_files import own_place
from unroller.models import Keeping

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


def test_operators_see_who_keeps_how_much(operator: Client, sandbox: Sandbox) -> None:
    thread = showing(photo(sandbox), film(sandbox), stream(sandbox))
    for name in ("alice", "bob"):
        kept_for(a_member(name), thread)
    row = Keeping.objects.get()
    listed = operator.get("/admin/unroller/keeping/").content.decode()
    assert '<td class="field-keepers">2</td>' in listed
    assert f'<td class="field-size">{row.size}</td>' in listed
    assert '<td class="field-missing">1</td>' in listed
    assert "3 copies of media, 0.0 GB" in operator.get("/admin/unroller/medium/").content.decode()
    assert operator.get(f"/admin/unroller/keeping/{row.pk}/change/").status_code == 200


def test_operators_have_what_is_missing_looked_for_again(operator: Client, sandbox: Sandbox) -> None:
    thread = showing(stream(sandbox))
    kept_for(a_member(), thread)
    answer = operator.post(
        "/admin/unroller/keeping/", {"action": "try_again", "_selected_action": [thread.pk]}, follow=True
    )
    assert "1 queued anew." in answer.content.decode()
    assert Keeping.objects.get().finished_at is None
    assert copied(thread).missing == 1


def test_nobody_else_sees_anything(client: Client) -> None:
    client.force_login(a_member())
    assert client.get("/admin/unroller/keeping/").status_code == 302
    assert client.get("/admin/unroller/medium/").status_code == 302
