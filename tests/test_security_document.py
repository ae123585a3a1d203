"""docs/security.md names modules and tests that are there."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
WALK = [line for line in DOCUMENT.splitlines() if re.match(r"\| \d+\.\d+", line)]
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`", DOCUMENT)))
MODULES = sorted(set(re.findall(r"`((?:unroller|accounts|billing)(?:\.\w+)+)`", DOCUMENT)))
REQUIREMENTS: dict[str, Iterable[int]] = {
    "1.1": range(1, 8),
    "1.2": range(1, 5),
    "1.4": (1, 4, 5),
    "1.5": range(1, 5),
    "1.6": range(1, 5),
    "1.7": range(1, 3),
    "1.8": range(1, 3),
    "1.9": range(1, 3),
    "1.10": range(1, 2),
    "1.11": range(1, 3),
    "1.12": (2,),
    "1.14": range(1, 7),
    "2.1": range(1, 13),
    "2.2": range(1, 4),
    "2.3": range(1, 4),
    "2.4": range(1, 6),
    "2.5": range(1, 8),
    "2.6": range(1, 4),
    "2.7": range(1, 7),
    "2.8": range(1, 8),
    "2.9": range(1, 4),
    "2.10": range(1, 5),
    "3.1": range(1, 2),
    "3.2": range(1, 5),
    "3.3": range(1, 5),
    "3.4": range(1, 6),
    "3.5": range(1, 4),
    "3.7": range(1, 2),
    "4.1": (1, 2, 3, 5),
    "4.2": range(1, 3),
    "4.3": range(1, 4),
    "5.1": range(1, 6),
    "5.2": range(1, 9),
    "5.3": range(1, 11),
    "5.4": range(1, 4),
    "5.5": range(1, 5),
    "6.1": range(1, 4),
    "6.2": range(1, 7),
    "6.3": range(1, 3),
    "6.4": range(1, 3),
    "7.1": range(1, 5),
    "7.2": range(1, 3),
    "7.3": (1, 3, 4),
    "7.4": range(1, 4),
    "8.1": range(1, 5),
    "8.2": range(1, 4),
    "8.3": range(1, 9),
    "9.1": range(1, 4),
    "9.2": range(1, 5),
    "10.2": range(1, 3),
    "10.3": range(1, 4),
    "11.1": range(1, 9),
    "12.1": range(1, 4),
    "12.2": range(1, 2),
    "12.3": range(1, 7),
    "12.4": range(1, 3),
    "12.5": range(1, 3),
    "12.6": range(1, 2),
    "13.1": (1, 3, 4, 5),
    "13.2": (1, 2, 3, 5, 6),
    "13.3": range(1, 3),
    "13.4": range(1, 3),
    "14.1": range(1, 5),
    "14.2": range(1, 7),
    "14.3": (2, 3),
    "14.4": range(1, 8),
    "14.5": range(1, 5),
}
"""Those of levels 1 and 2 of ASVS 4.0.3, by section."""


NUMBER = r"\d+\.\d+\.\d+"
FILES = sorted(set(re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:md|yaml|lock))`", DOCUMENT)))


def named(cell: str) -> list[str]:
    """The numbers at the beginning of a row, of which some are ranges: `2.4.1 to 2.4.3`."""
    said = re.match(rf" {NUMBER}(?:(?:, | to ){NUMBER})*", cell)
    assert said is not None, cell
    found = []
    for part in said[0].split(","):
        first, _, last = part.strip().partition(" to ")
        section, _, number = first.rpartition(".")
        until = last.rpartition(".")[2] or number
        found += [f"{section}.{each}" for each in range(int(number), int(until) + 1)]
    return found


def test_every_requirement_is_walked_through_once() -> None:
    walked = [number for line in WALK for number in named(line.split("|")[1])]
    standard = [f"{section}.{number}" for section, numbers in REQUIREMENTS.items() for number in numbers]
    assert len(standard) == 259
    assert sorted(walked) == sorted(standard)


def test_every_row_has_its_three_cells() -> None:
    assert [line for line in WALK if len([cell for cell in line.strip("|").split("|") if cell.strip()]) != 3] == []


@pytest.mark.parametrize(("file", "name"), TESTS, ids=[name for _, name in TESTS])
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    assert re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_is_named_is_there(module: str) -> None:
    path = ROOT / module.replace(".", "/")
    assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_named_is_there(file: str) -> None:
    assert (ROOT / file).is_file()
