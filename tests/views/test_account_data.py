"""`/account/data`: asking for one's own data, and taking it."""

import io
import uuid
import zipfile
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.accounts.signing import a_person
from tests.whole_person import keep_files_in
from unroller.actions import data_exports
from unroller.models import DataExport

pytestmark = pytest.mark.django_db
MOVING = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def own_files(settings: Settings, tmp_path: Path) -> None:
    keep_files_in(tmp_path, settings)


@pytest.fixture
def bob(client: Client) -> User:
    person = a_person("bob@example.com")
    client.force_login(person)
    return person


def address(export: DataExport) -> str:
    return f"/account/data/{export.id}"


def made(user: User) -> DataExport:
    export = data_exports.ask(user)
    data_exports.run(str(export.id))
    export.refresh_from_db()
    return export


def test_one_click_asks_and_the_page_says_how_far_it_is(client: Client, bob: User) -> None:
    answer = client.post("/account/data", follow=True)
    assert answer.redirect_chain == [("/account#data", HTTPStatus.FOUND)]
    assert "Your data is being put together" in answer.content.decode()
    assert 'hx-trigger="every 2s"' in client.get("/account/data", headers=MOVING).content.decode()
    export = DataExport.objects.get(user=bob)
    data_exports.run(str(export.id))
    part = client.get("/account/data", headers=MOVING).content.decode()
    assert f'href="{address(export)}"' in part
    assert "hx-trigger" not in part
    assert "<html" not in part


def test_a_second_file_on_the_same_day_is_refused_with_a_sentence(client: Client, bob: User) -> None:
    made(bob)
    answer = client.post("/account/data", follow=True)
    assert "put together within the last day" in answer.content.decode()
    assert DataExport.objects.count() == 1


def test_a_failure_is_said(client: Client, bob: User) -> None:
    DataExport.objects.create(user=bob, finished_at=timezone.now(), failed=True)
    assert "could not be put together" in client.get("/account").content.decode()


def test_the_owner_takes_the_file(client: Client, bob: User) -> None:
    answer = client.get(address(made(bob)))
    assert answer.status_code == HTTPStatus.OK
    assert answer["Content-Type"] == "application/zip"
    assert answer["Content-Disposition"] == f'attachment; filename="unroller-data-{timezone.now():%Y-%m-%d}.zip"'
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {timezone.now().year}
        assert b"bob@example.com" in archive.read("account.json")


def test_charlie_gets_nothing(client: Client, bob: User) -> None:
    export = made(bob)
    client.force_login(a_person("charlie@example.com"))
    assert client.get(address(export)).status_code == HTTPStatus.NOT_FOUND
    assert address(export) not in client.get("/account").content.decode()
    assert address(export) not in client.get("/account/data", headers=MOVING).content.decode()


def test_a_guest_signs_in_first_and_comes_back(bob: User) -> None:
    export = made(bob)
    answer = Client().get(address(export))
    assert (answer.status_code, answer["Location"]) == (
        HTTPStatus.FOUND,
        f"/accounts/login/?next={address(export)}",
    )


def test_an_expired_link_says_so(client: Client, bob: User) -> None:
    export = made(bob)
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for _ in range(2):
        answer = client.get(address(export))
        assert answer.status_code == HTTPStatus.GONE
        assert "deleted after 7 days" in answer.content.decode()
        data_exports.sweep()
    assert address(export) not in client.get("/account").content.decode()


def test_a_file_that_was_lost_is_gone_too(client: Client, bob: User) -> None:
    export = made(bob)
    default_storage.delete(export.file)
    assert client.get(address(export)).status_code == HTTPStatus.GONE


def test_a_file_that_is_not_ready_is_waited_for_on_the_page(client: Client, bob: User) -> None:
    assert client.get(address(data_exports.ask(bob)))["Location"] == "/account"


def test_an_address_of_nothing_is_404(client: Client, bob: User) -> None:
    assert client.get(f"/account/data/{uuid.uuid4()}").status_code == HTTPStatus.NOT_FOUND
