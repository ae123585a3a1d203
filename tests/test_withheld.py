"""Pictures of what operators took away: nobody gets them from here by another thread that shows them."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.keeping import a_member, copied, elsewhere_done, kept_for, photo, saves, showing
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller import kept, media
from unroller.actions import gathering, moderating
from unroller.actions import media as pictures
from unroller.core.errors import Gone
from unroller.core.posts import Media, Quote
from unroller.models import Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


def quoting(shown: Media) -> Thread:
    """A thread of others that shows it on a card."""
    return a_thread(2, first=100, quote=Quote(id="1", media=(shown,)))


def gathered(thread: Thread, shown: Media, folder: Path) -> dict[str, Path]:
    folder.mkdir()
    return gathering.gather([shown.url], folder, kept=kept.copies(thread), tell=lambda done, total: None)


def test_a_copy_that_somebody_keeps_waits_until_it_is_shown_again(
    sandbox: Sandbox, client: Client, tmp_path: Path
) -> None:
    shown = photo(sandbox)
    hidden, other = showing(shown), quoting(shown)
    kept_for(a_member(), other)
    moderating.hide(hidden.pk, "threats")
    assert client.get(media.address(shown.url)).status_code == 404
    assert gathered(other, shown, tmp_path / "one") == {}
    moderating.show_again(hidden.pk)
    assert client.get(media.address(shown.url)).status_code == 200
    assert set(gathered(other, shown, tmp_path / "two")) == {shown.url}


def test_a_file_of_a_thread_that_quotes_it_neither_has_it_nor_brings_it_back(
    sandbox: Sandbox, world: World, tmp_path: Path
) -> None:
    shown = photo(sandbox)
    hidden, other = showing(shown), quoting(shown)
    moderating.hide(hidden.pk, "threats")
    assert gathered(other, shown, tmp_path / "one") == {}
    assert (pictures.cached(shown.url), world.log.of("media", "/")) == (None, [])


def test_whoever_keeps_a_thread_that_quotes_it_gets_no_copy(sandbox: Sandbox, world: World) -> None:
    shown = photo(sandbox)
    hidden, other = showing(shown), quoting(shown)
    moderating.hide(hidden.pk, "threats")
    saves(a_member(), other)
    row = copied(other)
    assert (row.missing, row.finished_at is not None, world.log.of("media", "/")) == (1, True, [])


def test_a_picture_that_is_on_its_way_while_it_is_withheld_stays_nowhere(sandbox: Sandbox, world: World) -> None:
    shown = photo(sandbox)
    hidden = showing(shown)
    world.faults.at_call("media", 1, elsewhere_done(lambda: moderating.hide(hidden.pk, "threats")))
    with pytest.raises(Gone):
        pictures.get(shown.url)
    assert pictures.cached(shown.url) is None
