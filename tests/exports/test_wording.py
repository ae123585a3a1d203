"""What files say in our own words."""

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from msgspec.structs import replace

from tests.core.piles import ALICE
from tests.exports.sample import THREAD, single
from unroller.core.posts import Option, Poll, Reason
from unroller.exports.notes import Notes, anchors, noted
from unroller.exports.wording import (
    author,
    counted,
    day,
    glance,
    heading,
    host,
    incompleteness,
    minute,
    network,
    percents,
    playing_time,
)


def test_everything_that_can_be_missing_has_a_sentence_that_stays_true_in_a_file() -> None:
    reasons = get_args(Reason)
    told = incompleteness(replace(THREAD, reasons=reasons))
    assert len(told) == len(set(told)) == len(reasons)
    assert all(sentence.endswith(".") and "{" not in sentence and "soon" not in sentence for sentence in told)
    assert "Mastodon shows only an author’s latest posts, so older ones of this thread may be missing." in told


def test_deleted_posts_are_counted_where_that_is_possible() -> None:
    assert incompleteness(THREAD)[0] == "3 posts of this thread were deleted."
    assert incompleteness(replace(single(), reasons=("gap",))) == ["Some posts of this thread are gone."]
    assert incompleteness(single()) == []


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Fog over the pier at night. Salt", "Alice", "Fog over the pier at night"),
        ("🧵 1/", "Alice :blob:", "A post by Alice"),
        ("", " :blob:\u202e ", "A post by @alice"),
    ],
)
def test_a_heading_is_the_title_or_what_it_is_and_whose(text: str, name: str, expected: str) -> None:
    assert heading(single(text=text, author=replace(ALICE, name=name))) == expected


def test_several_posts_are_a_thread() -> None:
    line = tuple(replace(post, text="") for post in THREAD.posts_of_line)
    assert heading(replace(THREAD, line=line)) == "A thread by Alice Moreau"
    assert author(THREAD) == "Alice Moreau"
    assert [network(replace(THREAD, source=source)) for source in ("x", "bluesky", "other")] == [
        "X",
        "Bluesky",
        "other",
    ]


def test_a_glance_is_short_and_does_not_tell_what_a_warning_folds() -> None:
    assert glance(single(text="Fog\nand :blob: salt").head) == "Fog and salt"
    assert glance(single(text="Fog", warning="Heights").head) == "Content warning: Heights"
    assert len(glance(single(text="fog " * 99).head)) <= 60


def test_times_and_counts() -> None:
    late = datetime(2026, 3, 1, 20, 5, tzinfo=timezone(timedelta(hours=-7)))
    assert (day(late), minute(late)) == ("Mar 2, 2026", "Mar 2, 2026, 03:05")
    assert day(datetime(1, 1, 1, tzinfo=UTC)) == "Jan 1, 1"
    assert [playing_time(seconds) for seconds in (0, 4.4, 83, 3_723)] == ["", "0:04", "1:23", "1:02:03"]
    assert [counted(number, "post") for number in (0, 1, 1_204)] == ["0 posts", "1 post", "1,204 posts"]


def test_shares_of_a_poll() -> None:
    hidden, none, two, wrong = (
        Option(label=""),
        Option(label="", votes=0),
        Option(label="", votes=2),
        Option(label="", votes=-1),
    )
    assert percents(Poll(options=(none, two, hidden))) == [0, 100, None]
    assert percents(Poll(options=(none, none))) == [0, 0]
    assert percents(Poll(options=(wrong,))) == [0]


def test_the_site_of_a_link() -> None:
    assert [host(url) for url in ("https://www.pier.example/a", "https://[", "pier")] == ["pier.example", "", ""]


# Notes


def test_links_that_show_their_whole_address_need_no_note() -> None:
    notes = Notes()
    links = [
        ("pier.example/a", "https://pier.example/a"),
        ("https://b.example", "https://b.example/"),
        ("c", "https://c.example"),
    ]
    html = "".join(f'<a href="{address}"><bdi>{label}</bdi></a> ' for label, address in links)
    assert noted(" ".join(label for label, _ in links), html, notes) == "pier.example/a https://b.example c [1]"
    assert notes.rows("[{}] {}") == "[1] https://c.example"


def test_a_link_whose_label_is_not_in_the_text_leaves_it_as_it_is() -> None:
    assert noted("Fog", '<a href="https://c.example">salt</a><a href="https://d.example"></a>', Notes()) == "Fog"


def test_what_leads_nowhere_is_no_anchor() -> None:
    html = '<a href="javascript:x">a</a><a class="mention" href="https://a.example">b</a><a>c</a><a href="https://d.example">d</a>'
    assert [label for label, _ in anchors(html)] == ["d"]
