"""docs/security.md names modules and tests that are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
WALK = [line for line in DOCUMENT.splitlines() if re.match(r"\| \d+\.\d+", line)]
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(?:\w+::)?(\w+)`", DOCUMENT)))
MODULES = sorted(set(re.findall(r"`((?:unroller|accounts|billing)(?:\.\w+)+)`", DOCUMENT)))


def test_every_chapter_is_walked_through() -> None:
    chapters = {int(number) for line in WALK for number in re.findall(r"(\d+)\.\d+", line.split("|")[1])}
    assert chapters == set(range(1, 15))


def test_every_row_has_its_three_cells() -> None:
    assert [line for line in WALK if len([cell for cell in line.strip("|").split("|") if cell.strip()]) != 3] == []


@pytest.mark.parametrize(("file", "name"), TESTS, ids=[name for _, name in TESTS])
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    assert re.search(rf"^ *def {name}\(", (ROOT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_is_named_is_there(module: str) -> None:
    path = ROOT / module.replace(".", "/")
    assert path.with_suffix(".py").exists() or (path / "__init__.py").exists()
