"""Lists that are made to be long: what is looked at, and the memory it takes, is bounded whatever they are."""

import subprocess
import sys
from itertools import islice

import pytest

from unroller.core import link_lists, link_rows
from unroller.core.link_columns import Entry, described
from unroller.core.link_items import items
from unroller.core.link_lists import read

POST = "https://x.com/a/status/5"
READ = """
import resource, sys
from unroller.core.link_lists import NoList, read
head, unit = sys.argv[1:]
text = head + unit * (20 * 1024 * 1024 // len(unit))
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 700 * 1024 * 1024,) * 2)
try:
    read(text)
except NoList:
    pass
print("read")
"""


@pytest.mark.parametrize(
    "text",
    [
        f"url,title\n{POST},a\n" + "a,b\n" * 500,
        f"url,title\n{POST},a\n" + 'a,b"\n' * 500,
        '[{"url": "' + POST + '"}' + ",{}" * 500 + "]",
        f"<a href='{POST}'>" + "<a b>" * 500,
    ],
)
def test_no_more_rows_are_made_than_there_may_be(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def counted(row: dict[str, object]) -> Entry:
        made.append(row)
        return described(row)

    monkeypatch.setattr(link_lists, "MOST_ENTRIES", 10)
    monkeypatch.setattr(link_lists, "described", counted)
    found = read(text)
    assert (len(found.entries), len(made)) == (10, 10)
    assert found.beyond > 0


@pytest.mark.parametrize(
    ("head", "unit"), [("url,title\n", "\n"), ("url,title\n", "a,b\n"), ("[", "{},"), ("<", "<a b>")]
)
def test_a_list_takes_little_more_memory_than_its_text(head: str, unit: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", READ, head, unit], capture_output=True, text=True, timeout=100, check=False
    )
    assert ended.stdout == "read\n", ended.stderr[-500:]


def test_a_broken_row_changes_nothing_about_the_others() -> None:
    text = 'url,note,tags\n1,"a, b",c\n2,"say "hi" now",c\n3,"never closed,c\n4,"a, b",c\n'
    assert [row.cells for row in link_rows.rows(text)][1:] == [
        ["1", "a, b", "c"],
        ["2", "say hi now", "c"],
        ["3", "never closed", "c"],
        ["4", "a, b", "c"],
    ]


def test_a_cell_may_be_long() -> None:
    note = "word, " * 50_000
    assert [row.cells for row in link_rows.rows(f'url,note\n1,"{note}"\n')][1] == ["1", note]


def test_quotes_that_never_close_are_not_read_to_the_end_for_each_line() -> None:
    rows = list(islice(link_rows.rows("url,title\n" + 'a","b\n' * 500_000), 1_000))
    assert rows[-1].cells == ["a", "b"]


def test_items_come_one_by_one_across_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unroller.core.link_items.WINDOW", 40)
    text = "[" + ", ".join(f'{{"url": "{number}"}}' for number in range(50)) + "]"
    assert [item.value["url"] for item in items(text)] == [str(number) for number in range(50)]
