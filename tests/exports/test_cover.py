"""The cover of a book."""

import io

import pytest
from PIL import Image

from tests.exports.scripts import WORDS
from unroller.exports.cover import cover

RED = (200, 69, 47)


def image(*said: str, lang: str = "", direction: str = "") -> Image.Image:
    opened = Image.open(io.BytesIO(cover(*said, lang=lang, direction=direction)))
    assert (opened.format, opened.size) == ("PNG", (1200, 1800))
    return opened.convert("RGB")


def test_the_thread_runs_down_on_the_side_where_reading_starts() -> None:
    assert image("Fog", "Alice", "A thread on X").getpixel((132, 300)) == RED
    assert image("ערפל", "Alice", "A thread on X", lang="he").getpixel((1200 - 132, 300)) == RED


@pytest.mark.parametrize("name", WORDS)
def test_every_script_has_a_cover(name: str) -> None:
    lang, words = WORDS[name]
    assert image(words, words, words, lang=lang).getcolors(1) is None


@pytest.mark.parametrize("said", ["", "#panic()", "*", "\u0000\ud800", "a" * 10_000, "word " * 2_000, "\u202e$x$"])
def test_hostile_words_are_only_words_and_stay_on_it(said: str) -> None:
    shown = image(said, said, said, lang=said, direction=said)
    edge = shown.crop((1130, 0, 1200, 1800)).getcolors()
    assert edge is not None
    assert len(edge) == 1


def test_the_same_words_give_the_same_cover() -> None:
    assert cover("Fog", "Alice", "X") == cover("Fog", "Alice", "X")
