"""Compliance in the admin."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.operating import an_operator
from unroller.models import Inquiry, Sweep, Vanished

pytestmark = pytest.mark.django_db

MODELS = ["vanished", "sweep", "inquiry"]


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.mark.parametrize("model", MODELS)
def test_charlie_does_not_get_in(client: Client, model: str) -> None:
    client.force_login(User.objects.create_user("charlie@example.org"))
    assert client.get(f"/admin/unroller/{model}/").status_code == 302


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_rows(operator: Client, model: str) -> None:
    assert operator.get(f"/admin/unroller/{model}/add/").status_code == 403


def test_what_vanished_and_why_can_be_read(operator: Client) -> None:
    row = Vanished.objects.create(source="bluesky", path="did:plc:a/b", reason="deleted", by="look")
    Sweep.objects.create(look="bluesky", due_at=timezone.now(), error="Unreachable")
    for page in ("vanished/", f"vanished/{row.pk}/change/"):
        assert "did:plc:a/b" in operator.get(f"/admin/unroller/{page}").content.decode()
    assert "Unreachable" in operator.get("/admin/unroller/sweep/").content.decode()


def test_the_addresses_of_an_inquiry_are_shown_to_nobody(operator: Client) -> None:
    row = Inquiry.objects.create(first=1, last=2, upload_url="https://up.example", download_url="https://down.example")
    for page in ("inquiry/", f"inquiry/{row.pk}/change/"):
        found = operator.get(f"/admin/unroller/{page}")
        assert found.status_code == 200
        assert ".example" not in found.content.decode()
