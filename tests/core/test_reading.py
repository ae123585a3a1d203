"""Reading time: words, Chinese and Japanese characters, pictures and recordings."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.piles import post
from unroller.core.posts import Media
from unroller.core.reading import Length, measure


def media(type_: Any, seconds: float = 0) -> Media:
    return Media(type=type_, url="https://social.example/a", seconds=seconds)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Salt and fog", 3),
        ("Salt – and fog!", 3),
        ("R&D costs 3.5% – really 🧵", 4),
        ("灯台は海", 4),
        ("灯台 lamp 海", 4),
        ("مرحبا بالعالم", 2),
        ("नमस्ते दुनिया", 2),
        ("--- *** 🧵", 0),
        ("", 0),
    ],
)
def test_words_are_what_holds_a_letter_or_a_number(text: str, words: int) -> None:
    assert measure([post(1, text=text)]).words == words


@pytest.mark.parametrize(
    ("words", "minutes"), [(0, 1), (100, 1), (238, 1), (356, 1), (358, 2), (238 * 10, 10), (238 * 10 + 120, 11)]
)
def test_a_minute_holds_238_words(words: int, minutes: int) -> None:
    assert measure([post(1, text="salt " * words)]) == Length(words, minutes)


def test_a_minute_holds_500_characters_of_chinese_or_japanese() -> None:
    assert measure([post(1, text="海" * 2_000)]) == Length(2_000, 4)
    assert measure([post(1, text="海" * 1_000 + " salt" * 476)]) == Length(1_476, 4)


def test_pictures_take_twelve_seconds_and_ever_less_down_to_three() -> None:
    ten = [media("photo")] * 10
    assert measure([post(1, text="", media=tuple(ten))]).minutes == round(sum(range(3, 13)) / 60)
    assert measure([post(n, text="", media=tuple(ten)) for n in range(1, 12)]).minutes == round((75 + 100 * 3) / 60)


def test_recordings_take_their_time_up_to_a_minute() -> None:
    assert measure([post(1, text="", media=(media("video", 3_600), media("audio", 3_600)))]).minutes == 2
    assert measure([post(1, text="", media=(media("gif", 90), media("video", 100), media("video", 29)))]).minutes == 2


def test_a_recording_of_no_believable_length_takes_none() -> None:
    strange = tuple(media("video", seconds) for seconds in (float("nan"), -1e9, float("-inf")))
    assert measure([post(1, text="", media=strange)]).minutes == 1


def test_nothing_takes_a_minute() -> None:
    assert measure([]) == Length(0, 1)


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_measured(text: str) -> None:
    assert 0 <= measure([post(1, text=text)]).words <= max(len(text), 1)


@pytest.mark.parametrize("letter", ["-", "(", ":", " ", "a", "海", "\u0301"])
def test_endless_repetition_ends_soon(letter: str) -> None:
    assert measure([post(1, text=letter * 50_000)]).minutes >= 1
