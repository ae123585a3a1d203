"""Files made by a process of its own: what comes out, and what happens when it cannot."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pikepdf
import pytest
from PIL import Image

from tests.core.piles import post
from tests.exports.reading import read
from tests.exports.sample import PIER, THREAD, WAVES, single
from unroller.core.posts import Media, Thread
from unroller.exports import workshop
from unroller.exports.workshop import Failed

SLOW_MARKUP = "<p>" + "fog and salt " * 4_000 + "</p>"


@pytest.fixture
def pier(tmp_path: Path) -> Path:
    path = tmp_path / "pier"
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(path, "JPEG")
    return path


@pytest.mark.parametrize(("kind", "beginning"), [("pdf-a4", b"%PDF-"), ("pdf-letter", b"%PDF-"), ("epub", b"PK")])
def test_each_kind_of_file_is_made(tmp_path: Path, pier: Path, kind: workshop.Kind, beginning: bytes) -> None:
    told: list[tuple[int, int]] = []
    broken = tmp_path / "broken"
    broken.write_bytes(b"<svg>")
    files = {PIER.url: pier, WAVES.poster: broken, "https://a.example/gone": tmp_path / "gone"}
    out = tmp_path / "out"
    ending = workshop.make(kind, THREAD, files, out, progress=lambda done, total: told.append((done, total)))
    assert ending == kind[:4].rstrip("-")
    assert out.read_bytes().startswith(beginning)
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_broken_picture_leaves_a_line_of_words(tmp_path: Path, pier: Path) -> None:
    bomb = tmp_path / "bomb"
    bomb.write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x02\x00\x00\x00" + bytes(99)
    )
    workshop.make(
        "pdf-a4", THREAD, {PIER.url: bomb, WAVES.poster: pier}, tmp_path / "out", address="https://u.example/1"
    )
    found = read((tmp_path / "out").read_bytes())
    assert "could not be fetched" in " ".join(found.text.split())
    assert "https://u.example/1" in found.links
    assert PIER.url in found.links


def test_what_was_left_out_or_refused_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "broken").write_bytes(b"<svg>")
    thread = single(html="<p>\ufcac\u08d6</p>")
    workshop.make("pdf-a4", thread, {PIER.url: tmp_path / "broken"}, tmp_path / "out")
    (said,) = caplog.messages
    assert said.startswith(f"pdf-a4: {PIER.url}: It cannot be read as a picture")
    assert "PDF/UA-1 error" in said


def test_several_volumes_come_in_one_zip(tmp_path: Path) -> None:
    small = tmp_path / "small"
    Image.new("RGB", (20, 20), "navy").save(small, "PNG")
    urls = [f"https://a.example/{number}.png" for number in range(301)]
    line = tuple(post(number, media=(Media(type="photo", url=url),)) for number, url in enumerate(urls, 1))
    ending = workshop.make("pdf-a4", Thread(source="x", line=line), dict.fromkeys(urls, small), tmp_path / "out")
    assert ending == "zip"
    with ZipFile(tmp_path / "out") as bound:
        assert bound.namelist() == ["alice-2026-03-01-1-of-2.pdf", "alice-2026-03-01-2-of-2.pdf"]
        for name in bound.namelist():
            with pikepdf.open(io.BytesIO(bound.read(name))) as document:
                assert len(document.pages) >= 1


def test_the_same_thread_gives_the_same_file(tmp_path: Path, pier: Path) -> None:
    for name in ("one", "two"):
        workshop.make("pdf-a4", THREAD, {PIER.url: pier}, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_takes_too_long_is_ended_in_time(tmp_path: Path) -> None:
    slow = Thread(source="x", line=tuple(post(number, html=SLOW_MARKUP) for number in range(1, 100)))
    start = time.monotonic()
    with pytest.raises(Failed, match="longer than 2 seconds"):
        workshop.make("pdf-a4", slow, {}, tmp_path / "out", seconds=2)
    assert time.monotonic() - start < 8


def test_it_ends_at_once_when_nobody_waits_any_more(tmp_path: Path) -> None:
    slow = Thread(source="x", line=tuple(post(number, html=SLOW_MARKUP) for number in range(1, 120)))
    over = threading.Event()
    threading.Timer(2, over.set).start()
    start = time.monotonic()
    with pytest.raises(Failed):
        workshop.make("pdf-a4", slow, {}, tmp_path / "out", over=over)
    assert time.monotonic() - start < 8


def test_what_needs_too_much_memory_fails_in_words(tmp_path: Path, pier: Path) -> None:
    large = Thread(source="x", line=tuple(post(number, html=SLOW_MARKUP) for number in range(1, 60)))
    with pytest.raises(Failed, match=r"^It .*\."):
        workshop.make("pdf-a4", large, {PIER.url: pier}, tmp_path / "out", memory=180_000_000)


def test_what_breaks_says_so_for_the_logs(tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"(?s)exit status 1.*No such file or directory"):
        workshop.make("pdf-a4", single(), {}, tmp_path / "nowhere" / "out")


def test_the_child_is_given_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    started = subprocess.Popen

    def noted(*what: Any, **how: Any) -> Any:
        given.append(how.get("env"))
        return started(*what, **how)

    monkeypatch.setattr(subprocess, "Popen", noted)
    workshop.make("epub", single(), {}, tmp_path / "out")
    assert [set(env or ()) for env in given] == [{"PATH", "LANG", "RAYON_NUM_THREADS", "MALLOC_ARENA_MAX", "TMPDIR"}]


def test_the_child_ends_with_who_asked_for_it(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path; from tests.core.piles import post; from unroller.core.posts import Thread\n"
        "from unroller.exports import workshop\n"
        "words = '<p>' + 'fog and salt ' * 4_000 + '</p>'\n"
        "line = tuple(post(number, html=words) for number in range(1, 60))\n"
        f"workshop.make('pdf-a4', Thread(source='x', line=line), {{}}, Path({str(tmp_path / 'out')!r}), seconds=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=workshop.ROOT) as asker:
        child = _child(asker.pid)
        asker.kill()
    deadline = time.monotonic() + 10
    while _is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _child(parent: int) -> int:
    """The process id of the workbench, as soon as its limits stand."""
    deadline = time.monotonic() + 30
    children = Path(f"/proc/{parent}/task/{parent}/children")
    while time.monotonic() < deadline:
        for name in children.read_text().split():
            limits = Path(f"/proc/{name}/limits").read_text().splitlines()
            if any(line.split()[:5] == ["Max", "core", "file", "size", "0"] for line in limits):
                return int(name)
        time.sleep(0.05)
    raise AssertionError("no child was started")


def _is_alive(process: int) -> bool:
    """A zombie is over: whoever is its parent now may not have looked yet."""
    try:
        os.kill(process, 0)
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (ProcessLookupError, FileNotFoundError):
        return False
