"""Boxes for attachments: known before anything loads, and true to the picture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pages.cast import a_photo
from unroller.core.posts import Media
from unroller.templatetags.figures import LEGIBLE_WIDTH, MOST_HEIGHT, MOST_WIDTH, figures

sizes = st.integers(min_value=1, max_value=20_000)
photos = st.builds(a_photo, sizes, sizes)


@given(photos)
def test_a_single_photo_keeps_its_proportions_within_a_window(photo: Media) -> None:
    frame = figures([photo])[0].rows[0][0]
    assert frame.known
    assert frame.width <= min(photo.width, MOST_WIDTH)
    assert frame.height <= MOST_HEIGHT + 1 or frame.width <= LEGIBLE_WIDTH
    assert frame.width * photo.height == pytest.approx(frame.height * photo.width, abs=max(photo.width, photo.height))


@given(st.lists(photos, min_size=1, max_size=16))
def test_every_photo_stands_once_and_in_its_order(items: list[Media]) -> None:
    (figure,) = figures(items)
    assert [frame.media for row in figure.rows for frame in row] == items
    assert all(1 <= len(row) <= 3 for row in figure.rows)


@given(st.lists(photos, min_size=2, max_size=4))
def test_photos_side_by_side_are_equally_high(items: list[Media]) -> None:
    for row in figures(items)[0].rows:
        if len(row) > 1:
            assert {frame.height for frame in row} == {MOST_HEIGHT}


@pytest.mark.parametrize(
    ("ratios", "rows"),
    [
        ([(16, 9), (16, 9)], [2]),
        ([(1, 1), (3, 4), (3, 4)], [3]),
        ([(16, 9), (1, 1), (1, 1)], [1, 2]),
        ([(16, 9)] * 4, [2, 2]),
        ([(3, 4)] * 4, [2, 2]),
        ([(9, 16)] * 5, [2, 3]),
        ([(30, 1), (30, 1)], [1, 1]),
    ],
)
def test_rows_fit_what_they_hold(ratios: list[tuple[int, int]], rows: list[int]) -> None:
    items = [a_photo(width * 100, height * 100) for width, height in ratios]
    assert [len(row) for row in figures(items)[0].rows] == rows


def test_an_attachment_of_unknown_size_gets_a_box_that_says_so() -> None:
    photo, film = figures([a_photo(0, 0), Media(type="video", url="https://v.example/a.mp4")])
    assert not photo.rows[0][0].known
    assert (photo.rows[0][0].width, photo.rows[0][0].height) == (800, 600)
    assert film.recording is not None
    assert (film.recording.width, film.recording.height) == (800, 450)


def test_photos_and_recordings_keep_the_order_of_the_post() -> None:
    film = Media(type="video", url="https://v.example/a.mp4", width=16, height=9)
    shown = figures([a_photo(), a_photo(), film, a_photo()])
    assert [figure.recording is not None for figure in shown] == [False, True, False]


def test_an_attachment_without_a_web_address_is_not_shown() -> None:
    assert figures([a_photo(url="javascript:alert(1)"), a_photo(url="")]) == []
