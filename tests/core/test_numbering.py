"""R10, the author's own numbering: a thread whose author counts more posts than were found is never called complete."""

import pytest
from msgspec.structs import replace

from tests.core.piles import chain, thread_of
from unroller.core.assemble import NUMBERING, numbered


def reasons(*texts: str) -> tuple[str, ...]:
    """Why a thread of these words, each post below the one before, is not complete."""
    posts = [replace(each, text=text) for each, text in zip(chain(1, len(texts)), texts, strict=True)]
    return thread_of(posts).reasons


@pytest.mark.parametrize(
    "texts",
    [
        ("1/9 The pier", "2/9 The lamp", "3/9 The keeper"),
        ("The pier", "The lamp", "The boat", "The fog", "The bell", "9/9 The end"),
        ("1/9 The pier",),
        ("(1/4) The pier", "(2/4) The lamp"),
        ("1/ The pier", "2/ The lamp", "4/ The boat"),
        ("1) The pier", "5) The boat"),
        ("1/n The pier", "3/n The boat"),
        ("The pier", "2/5 The lamp", "4/5 The boat"),
        ("1 / 3 The pier", "2 / 3 The lamp"),
    ],
)
def test_a_higher_count_than_was_found_is_said(texts: tuple[str, ...]) -> None:
    assert reasons(*texts) == ("numbering",)


@pytest.mark.parametrize(
    "texts",
    [
        ("1/3 The pier", "2/3 The lamp", "3/3 The keeper"),
        ("The pier", "1/2 The lamp", "2/2 The keeper"),
        ("1/ The pier", "2/ The lamp", "3/ The end"),
        ("1/n The pier", "2/n The lamp", "Thanks for reading"),
        ("The pier", "The lamp"),
    ],
)
def test_a_count_that_was_reached_is_complete(texts: tuple[str, ...]) -> None:
    assert reasons(*texts) == ()


@pytest.mark.parametrize(
    "texts",
    [
        ("24/7 they keep the light", "And nobody thanks them"),
        ("9/11 changed how ships are searched", "Here is how"),
        ("Ships were searched", "9/11 changed that", "And it stayed"),
        ("Ships were searched", "9/11 changed that", "9/11 again", "24/7 since then"),
        ("The lamp burns", "24/7 without a keeper", "Every night"),
        ("12/12/2025 was the night", "Of the storm"),
        ("The night", "12/12/2025 was it", "And 13 went out"),
        ("The night", "Was it", "12/12/2025"),
        ("The night", "31/7 was it", "24/7 they kept the light"),
        ("A cold place", "5/5 would go again", "Truly"),
        ("2/3 of all keepers agree", "That it is cold"),
        ("All keepers agree", "2/3 of them at least"),
        ("1984/ was a bad book to read there", "Truly"),
        ("10) reasons are too many", "So here is one"),
        ("1/200th of a second", "Is enough"),
        ("7. The pier", "Nothing is numbered here"),
        ("", ""),
    ],
)
def test_what_only_looks_like_a_count_is_none(texts: tuple[str, ...]) -> None:
    assert reasons(*texts) == ()


def test_a_gap_does_not_count_as_a_post() -> None:
    texts = ["1/4 The pier", "2/4 The lamp", "3/4 The boat", "4/4 The end"]
    posts = [replace(each, text=text) for each, text in zip(chain(1, 4), texts, strict=True)]
    assert thread_of([posts[0], posts[1], posts[3]]).reasons == ("gap", "numbering")


def test_the_highest_believable_count_is_taken() -> None:
    assert numbered(["1/5 a", "2/6 b", "3/6 c"]) == 6
    assert numbered([]) == 0


def test_the_pattern_names_the_number_and_the_total() -> None:
    found = NUMBERING.match("(7/12) The lamp")
    assert found is not None
    assert found.groups() == ("7", "12")
    bare = NUMBERING.match("7/ The lamp")
    assert bare is not None
    assert bare.groups() == ("7", None)
