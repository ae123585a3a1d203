"""After opting out nothing of an author is on any page, in any file, in Redis, in search, in feeds, in the API."""

import gzip
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.api.calling import Program
from tests.follows import a_reader
from tests.library_files import ANA, made
from tests.rights.test_opting_out import MARK, tables_with
from tests.test_pages import Get, get
from tests.thread_files import own_place
from tests.threads import MARA, a_thread
from unroller import store
from unroller.actions import highlights, indexing, library, media, opting_out, thread_files
from unroller.core.posts import Media
from unroller.models import Color, Thread, ThreadFile

__all__ = ["get"]

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = "https://cdn.example/picture.jpg"


@pytest.fixture
def place(settings: Settings, tmp_path: Path) -> Path:
    own_place(tmp_path, settings)
    return tmp_path


@pytest.fixture
def program(place: Path) -> Program:
    """Of a reader who saved the thread."""
    return Program(a_reader(premium=True))


@pytest.fixture
def thread(program: Program) -> Thread:
    """Searchable, saved, marked, and with a file of every kind."""
    photo = Media(type="photo", url=PICTURE)
    row = a_thread(2, author=ANA, source="bluesky", text=MARK, html=f"<p>{MARK}</p>", media=(photo,))
    library.save(program.user, row)
    highlights.add(program.user, row, post_id="1", start=0, length=len(MARK), quote=MARK, color=Color.YELLOW)
    indexing.index_due()
    cached = media._place(PICTURE)
    cached.parent.mkdir(parents=True, exist_ok=True)
    cached.write_bytes(b"\xff\xd8\xff" + MARK.encode())
    made(program.user)
    thread_files.run(str(thread_files.ask(row, ThreadFile.Kind.EPUB).pk))
    return row


def in_redis() -> list[str]:
    """Keys that tell of the author, whatever is stored there and how."""
    found, client = [], store.client()
    for each in client.keys("*"):
        key = each if isinstance(each, str) else each.decode()
        value = (client.dump(key) or b"") + key.encode()
        if key.startswith("page:/"):
            stored = store.get(key) or b""
            value += gzip.decompress(stored[stored.index(b"\x1f\x8b") :])
        found += [key] if MARK.encode() in value or ANA.handle.encode() in value else []
    return found


def files(place: Path) -> list[Path]:
    return [path for path in place.rglob("*") if path.is_file()]


def test_neither_files_nor_redis_hold_anything(thread: Thread, place: Path, get: Get) -> None:
    address = thread.get_absolute_url()
    assert MARK.encode() in get(address).body
    assert in_redis() != []
    assert len(files(place)) == 3
    opting_out.opt_out(thread.author)
    opting_out.go_on()
    assert (in_redis(), files(place)) == ([], [])
    assert tables_with(MARK) == []
    assert get(address).status == HTTPStatus.GONE


def test_no_page_feed_search_or_program_finds_anything(thread: Thread, program: Program, client: Client) -> None:
    client.force_login(program.user)
    address = thread.get_absolute_url()
    pages = ["/", "/recent", "/most-read", "/library", "/highlights", f"/search?q={MARK}", f"/library?q={MARK}"]
    assert any(MARK in client.get(page).content.decode().replace(f"q={MARK}", "") for page in pages)
    opting_out.opt_out(thread.author)
    opting_out.go_on()
    for page in pages:
        text = client.get(page).content.decode()
        assert "ana.example" not in text, page
        assert MARK not in text or f"q={MARK}" in page, page
        assert address not in text or page in {"/library", "/highlights"}, page
    for path in ("/library", "/highlights", "/search?q=" + MARK):
        text = program.get(path).content.decode()
        assert MARK not in text.replace(f'"q": "{MARK}"', ""), path
        assert "ana.example" not in text, path
    assert program.get(f"/threads/bluesky/{thread.path}").status_code == HTTPStatus.GONE
    for ending in (".pdf", ".epub"):
        assert client.get(address + ending).status_code == HTTPStatus.GONE


def test_the_page_and_the_feed_of_who_opted_out_say_so_in_one_sentence(client: Client) -> None:
    author = a_thread(2).author
    opting_out.opt_out(author)
    for address in ("/author/x/maralind", "/author/x/MaraLind", "/author/x/maralind/feed"):
        answer = client.get(address)
        assert answer.status_code == HTTPStatus.GONE
        page = answer.content.decode()
        assert "The author has asked this site not to show their posts." in page
        assert MARA.name not in page
    opting_out.opt_in(author)
    opting_out.opt_out(author)
    assert client.get("/author/x/maralind").status_code == HTTPStatus.GONE


def test_a_handle_that_somebody_else_has_by_now_is_theirs(client: Client) -> None:
    opting_out.opt_out(a_thread(2).author)
    a_thread(2, first=50, author=MARA.__class__(id="2", handle="maralind", name="New Mara", url="https://x.com/m"))
    page = client.get("/author/x/maralind")
    assert page.status_code == HTTPStatus.OK
    assert "New Mara" in page.content.decode()
