"""Hostile words on less used ways: in by an archive of X; out by webhooks, previews, what files say of themselves."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.test import Client
from pytest_django import Settings

from tests.archives.bringing import a_zip, proves, read
from tests.exports.books import check, opened
from tests.follows import a_reader
from tests.hostile.poison import EVIL, FOLDERS, LINK, thread
from tests.hostile.test_outputs import ALIVE, CONTROLS, Page, _is_script, mails, page, stored
from tests.integrations.told import a_webhook, tell
from tests.sandbox.server import Sandbox
from tests.x_archives import JPEG, Json, Shape, after, chain, link, photo
from unroller.actions import library
from unroller.exports import epub, pdf
from unroller.models import Thread

pytestmark = pytest.mark.django_db

TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""Controls of direction, which would turn what stands around the words where nothing closes them."""
TWO = ("x/new-vocabulary", "bluesky/every-embed")


@pytest.fixture(autouse=True)
def free(settings: Settings) -> None:
    settings.BILLING_ENABLED = False


def evil_posts() -> list[Json]:
    """A thread of an archive with hostile words wherever it has words."""
    text = f"A boat https://t.co/boat https://t.co/link {EVIL}"
    posts = chain((text, EVIL, f"{EVIL} The end."))
    first = posts[0]["tweet"]
    first["entities"]["urls"] = [link(text, "https://t.co/link", "https://harbour.example/") | {"expanded_url": LINK}]
    first["entities"]["urls"][0]["display_url"] = EVIL
    picture = photo(text, "https://t.co/boat", after(0, 0), "boat.jpg")
    first["extended_entities"] = {"media": [picture | {"ext_alt_text": EVIL, "expanded_url": LINK}]}
    first |= {"source": f'<a href="{LINK}">{EVIL}</a>', "lang": EVIL}
    return posts


def test_what_an_archive_brings_is_as_tame_as_what_a_network_says(client: Client, tmp_path: Path) -> None:
    owner = a_reader("owner", premium=True)
    proves(owner)
    shape = Shape(account={"accountDisplayName": EVIL})
    files = {f"tweets_media/{after(0, 0)}-boat.jpg": JPEG}
    archive = read(owner, a_zip(tmp_path, evil_posts(), files=files, shape=shape))
    assert archive.threads_stored == 1, archive.report
    row = Thread.objects.get()
    client.force_login(owner)
    for address in (row.get_absolute_url(), row.author.get_absolute_url(), f"/archives/{archive.pk}", "/search?q=boat"):
        shown = page(client, address)
        assert shown.alive() == [], address
        assert not {tag for tag, _ in shown.tags} & (ALIVE - {"script", "form", "svg", "template"})
    assert "{{7*7}}" in page(client, row.get_absolute_url()).text
    feed = client.get(f"{row.author.get_absolute_url()}/feed").content.decode()
    assert not CONTROLS.search(feed)


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for inner in value.values() for found in _strings(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _strings(inner)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("case", TWO)
def test_a_webhook_hears_words_as_words(case: str, sandbox: Sandbox) -> None:
    alice = a_reader("alice", premium=True)
    hook = a_webhook(alice, sandbox)
    library.save(alice, stored(case)[1])
    tell(hook)
    (told,) = sandbox.world.receiver.of("saved")
    words = _strings(told)
    assert any("{{7*7}}" in each for each in words)
    assert not [each for each in words if CONTROLS.search(each) or _is_script(each)]


@pytest.mark.parametrize("case", TWO)
def test_previews_and_subjects_turn_nothing_around_them(case: str, client: Client) -> None:
    _, row = stored(case)
    for address in (row.get_absolute_url(), row.author.get_absolute_url()):
        shown: Page = page(client, address)
        source = client.get(address).content.decode()
        said = [values["content"] for tag, values in shown.tags if tag == "meta" and "content" in values]
        said += re.findall(r"<title>(.*?)</title>", source, re.DOTALL)
        assert any("HYPERLINK" in each for each in said)
        assert not [each for each in said if TURNS.search(each) or CONTROLS.search(each)], address
        for data in re.findall(r'<script type="application/[^"]*json">(.*?)</script>', source):
            assert "<" not in data
            json.loads(data)
    for made in mails(row):
        assert not TURNS.search(str(made.subject)), made.subject


def test_a_file_says_of_itself_what_turns_nothing() -> None:
    found = thread(TWO[0])
    (paper,) = pdf.export(found, {}, address="https://unroller.example/thread")
    with pikepdf.open(io.BytesIO(paper)) as document:
        said = [str(value) for value in document.docinfo.values()]
        said.append(document.Root.Metadata.read_bytes().decode() if "/Metadata" in document.Root else "")
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(document.Root.keys())
    assert any("HYPERLINK" in each for each in said)
    assert not [each for each in said if TURNS.search(each) or CONTROLS.search(each)]


def test_one_book_of_all_hostile_threads_is_valid(tmp_path: Path) -> None:
    threads = [(thread(case), "https://unroller.example/thread") for case in FOLDERS]
    made = epub.bundle(threads, {}, title=EVIL)
    about = opened(made).files
    (package,) = [body.decode() for name, body in about.items() if name.endswith(".opf")]
    assert not TURNS.search(package)
    check(made, tmp_path)
