"""Hashtags as X finds them: of letters, digits and the marks that belong to letters."""

import pytest

from tests.sandbox.x.text import PIECE


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("see #हिन्दी now", "हिन्दी"),
        ("#தமிழ்!", "தமிழ்"),
        ("#cafe\u0301s", "cafe\u0301s"),
        ("#fog_2", "fog_2"),
        ("#灯台", "灯台"),
    ],
)
def test_marks_belong_to_a_hashtag(text: str, tag: str) -> None:
    found = PIECE.search(text)
    assert found is not None
    assert found["hashtag"] == tag


@pytest.mark.parametrize("text", ["#12", "#\ufe0f\u20e3", "a#b", "# fog"])
def test_what_has_no_letter_is_none(text: str) -> None:
    assert PIECE.search(text) is None
