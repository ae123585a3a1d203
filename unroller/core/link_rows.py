"""Rows of a table that somebody brought, one after the other, so that a long table costs only what is looked at."""

import csv
from collections.abc import Iterator
from typing import NamedTuple

import regex

LONGEST_ROW = 1_000_000
"""Characters of a row. In a longer one a quote was not closed."""
MOST_CELLS = 50
"""Of a row."""
MOST_AGAIN = 20 * LONGEST_ROW
"""Characters that are read in vain behind quotes that are not closed, before quotes mean nothing to the end."""
LINE = regex.compile(r"[^\r\n]*+(?:\r\n|\r|\n)|[^\r\n]++")

csv.field_size_limit(LONGEST_ROW)  # the 128 KiB of Python's are less than some notes and saved articles have


class Row(NamedTuple):
    """A row's cells, and where in the text the next row begins."""

    cells: list[str]
    end: int


class _Lines(Iterator[str]):
    """The lines of a text from a place on. Raises csv.Error when the row at `begin` is longer than `most`."""

    def __init__(self, text: str, begin: int, most: int) -> None:
        self.text, self.begin, self.end, self.most = text, begin, begin, most

    def __next__(self) -> str:
        line = LINE.match(self.text, self.end)
        if line is None:
            raise StopIteration
        if line.end() - self.begin > self.most:
            raise csv.Error
        self.end = line.end()
        return line.group()


def rows(text: str) -> Iterator[Row]:
    """The rows of a table, empty ones too. In a line where quotes are not closed they mean nothing; the next line is
    read as if nothing had happened."""
    first = LINE.match(text)
    delimiter = max(",;\t", key=first.group().count) if first else ","
    begin, patience = 0, MOST_AGAIN
    while begin < len(text):
        lines = _Lines(text, begin, min(LONGEST_ROW, patience))
        try:
            for cells in csv.reader(lines, delimiter=delimiter, strict=True):
                lines.begin = begin = lines.end
                yield Row(cells[:MOST_CELLS], begin)
        except csv.Error:
            patience -= lines.end - begin
            line = LINE.match(text, begin)
            end = line.end() if line else len(text)
            whole = text[begin : min(end, begin + LONGEST_ROW)].rstrip("\r\n").replace('"', "")
            begin = end
            yield Row(whole.split(delimiter, MOST_CELLS)[:MOST_CELLS], begin)
