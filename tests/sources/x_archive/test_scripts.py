"""The scripts of an archive: JSON behind an assignment, in whatever layout, and everything that is not."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.sources.x_archive.reading import ids, reading, refused
from tests.x_archives import Json, Shape, chain, post, script, zipped
from unroller.core.errors import BadArchive, Damaged, Tampered
from unroller.sources.x_archive.scripts import CHUNK, LARGEST, objects

DATE = "Tue Mar 05 12:00:00 +0000 2024"


class Entry(msgspec.Struct):
    n: Any = None


class Counted(io.BytesIO):
    """Remembers the largest piece it was asked for."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size > 0, "the whole file at once"
        self.largest = max(self.largest, size)
        return super().read(size)


def parsed(body: bytes | str) -> list[Any]:
    stream = io.BytesIO(body if isinstance(body, bytes) else body.encode())
    return [found and found.n for found in objects(stream, Entry)]


@pytest.mark.parametrize(
    "text",
    [
        'window.YTD.tweets.part0 = [{"n":1},{"n":2}]',
        '\ufeffwindow.YTD.tweets.part0 = [ {"n" : 1} , {"n" : 2} ]',
        'window.YTD.tweets.part12=[{"n":1},\n\n{"n":2}];\n',
        'window.YTD.tweets.part0 =\r\n[\r\n{"n":1},\r\n{"n":2}\r\n]\r\n;\r\n',
        'window.YTD.tweets.part0 = [\n  {\n    "n": 1\n  },\n  {\n    "n": 2\n  }\n]',
        'window.YTD.tweets.part0 = [\n\t{\n\t\t"n": 1\n\t},\n\t{\n\t\t"n": 2\n\t}\n]',
        'window.YTD.tweets.part0 = [\n  {"x": {\n  },\n  "n": 1\n  },\n  {"n": 2}]',
    ],
    ids=["compact", "marked", "semicolon", "windows", "as X does", "tabs", "misleading"],
)
def test_any_layout_is_read(text: str) -> None:
    assert parsed(text) == [1, 2]


@pytest.mark.parametrize("text", ["window.YTD.note_tweet.part0 = [ ]", "window.YTD.a.part0 = []", "window.a = [\n];"])
def test_an_empty_list_is_one(text: str) -> None:
    assert parsed(text) == []


@pytest.mark.parametrize("indent", [None, 1, 2, 4, "\t"])
def test_braces_quotes_and_brackets_inside_of_strings_end_nothing(indent: int | str | None) -> None:
    said = ["}", '{"n": 9}', '\\"}]', "]\n  },\n  {", "\\", '"', "[", "🌊}", "\u2028}"]
    entries = [{"m": {"n": [each, {each: each}]}, "n": each} for each in said]
    assert parsed(f"window.a = {json.dumps(entries, indent=indent)}") == said
    assert parsed(f"window.a = {json.dumps(entries, indent=indent, ensure_ascii=False)}") == said


@pytest.mark.parametrize("indent", [None, 2])
def test_objects_that_lie_across_pieces_are_read_whole(indent: int | None) -> None:
    entries = [{"n": f"{number} " + "wave " * (number * 37 % 6_000)} for number in range(300)]
    stream = Counted(f"window.a = {json.dumps(entries, indent=indent)}".encode())
    assert [found and found.n for found in objects(stream, Entry)] == [entry["n"] for entry in entries]
    assert len(stream.getvalue()) > 3 * CHUNK
    assert stream.largest <= CHUNK


@pytest.mark.parametrize("at", range(12, 75, 3))
def test_a_file_that_is_cut_off_anywhere_is_damaged(at: int) -> None:
    whole = 'window.YTD.tweets.part0 = [ {"n": "} ]"}, {"n": {"m": [1, 2, {"x": 1}]}}]'
    with pytest.raises(BadArchive) as caught:
        parsed(whole[: min(at, len(whole) - 1)])
    assert type(caught.value) is (Damaged if at > whole.index("[") else Tampered)


@pytest.mark.parametrize(
    "text",
    [
        'window.a = [{"n":1}]; alert(1)',
        'window.a = [{"n":1}]\n\n\nwindow.b = [{"n":2}]',
        'window.a = [{"n":1}] + [{"n":2}]',
        'window.a = [{"n":1}].map(fetch)',
        f'window.a = [{{"n":1}}]{" " * 2 * CHUNK}x',
        'window.a = [{"n":1}, alert(1)]',
        "window.a = [1, 2]",
        'window.a = ["one"]',
        "window.a = [null]",
        'window.a = [[{"n":1}]]',
        'window.a = {"n":1}',
        'alert(1); window.a = [{"n":1}]',
        'window["a"] = [{"n":1}]',
        '[{"n":1}]',
        "<html>Not here</html>",
        "\x00" * 1000,
        "=" * 1000,
    ],
)
def test_anything_but_one_list_of_objects_is_refused(text: str) -> None:
    with pytest.raises(Tampered):
        parsed(text)


def test_an_endless_string_is_refused_before_it_fills_the_memory() -> None:
    with pytest.raises(Tampered):
        parsed('window.a = [{"n":"' + "x" * (LARGEST + 3 * CHUNK) + '"}]')


@pytest.mark.parametrize(("opening", "closing"), [('{"n":', "}"), ('{"n":[', "]}")])
def test_objects_nested_without_end_are_refused(opening: str, closing: str) -> None:
    with pytest.raises(BadArchive):
        parsed(f"window.a = [{opening * 200_000}1{closing * 200_000}]")


def test_lists_nested_without_end_are_passed_by() -> None:
    deep = "[" * 200_000 + "]" * 200_000
    assert parsed(f'window.a = [{{"n":1}},{{"n":{deep}}},{{"n":2}}]') == [1, None, 2]


def test_one_broken_object_does_not_take_the_others_with_it() -> None:
    assert parsed('window.a = [{"n":1},{"n":},{n:2},{"n":1e999999},{"n":NaN},{"n":2}]') == [
        1,
        None,
        None,
        None,
        None,
        2,
    ]


def test_broken_letters_are_replaced() -> None:
    assert parsed(b'window.a = [{"n":"a\xff\xfeb"},{"n":"\xed\xa0\x80"},{"n":"c"}]')[0] == "a\ufffd\ufffdb"
    assert parsed(r'window.a = [{"n":"a\ud83db"},{"n":"\ud83c\udf0a"}]') == ["a?b", "🌊"]


class TestInAnArchive:
    POSTS = chain(["One.", "Two.", "Three.", "Four."])

    @pytest.mark.parametrize(
        "shape",
        [
            Shape(),
            Shape(indent=None),
            Shape(parts=3),
            Shape(parts=4, manifest=False),
            Shape(old_names=True, wrapped=False),
            Shape(old_names=True, wrapped=False, manifest=False, parts=2, indent=None),
            Shape(top="twitter-2024-03-05-abcdef/"),
            Shape(top="a/b/", manifest=False),
            Shape(tail=";\n"),
        ],
        ids=str,
    )
    def test_all_that_x_ever_made_are_read(self, tmp_path: Path, shape: Shape) -> None:
        assert reading(tmp_path, self.POSTS, shape=shape).lines == [ids(self.POSTS)]

    def test_code_after_the_list_is_refused(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "archive.zip", self.POSTS, shape=Shape(tail=";fetch('//evil.example')"))
        refused(path, Tampered)

    def test_a_damaged_second_part_is_found_before_a_thread_is_given_out(self, tmp_path: Path) -> None:
        damaged = script("tweets", self.POSTS, part=1)[:-30]
        path = zipped(tmp_path / "archive.zip", self.POSTS, files={"tweets-part1.js": damaged}, shape=Shape(parts=2))
        refused(path, Damaged)

    def test_what_cannot_be_used_is_counted_by_its_reason(self, tmp_path: Path) -> None:
        odd: list[Json] = [
            post("-1", "No number.", created_at=DATE),
            post("0", "None.", created_at=DATE),
            post("99999999999999999999", "Too large a number.", created_at=DATE),
            post("12", "Old, and without a date.", created_at="x"),
            {"tweet": {}},
            {},
            {"tweet": 7},
            {"tweet": [self.POSTS[0]["tweet"]]},
            self.POSTS[1],
        ]
        found = reading(tmp_path, [*odd, *self.POSTS])
        assert found.lines == [ids(self.POSTS)]
        assert found.report.posts_read == 13
        assert found.report.skipped == {"no-id": 5, "no-time": 1, "unreadable": 2, "duplicate": 1}
