"""What our scripts leave in a browser."""

import re

import pytest

from tests.processes import ROOT

SCRIPTS = sorted((ROOT / "unroller" / "static").rglob("*.js"))
KEPT = {
    "localStorage": {"highlights-offered", "library-keys"},
    "sessionStorage": {"library-place"},
}
"""That a hint was read, whether keys are used, a place in a list: by the names they are kept under, all there are."""
ELSEWHERE = ("indexedDB", "caches.", "openDatabase", "window.name")


def kept(storage: str) -> set[str]:
    """The names under which scripts keep something."""
    found = set()
    for script in SCRIPTS:
        text = script.read_text()
        constants = dict(re.findall(r'const (\w+) = "([^"]*)"', text))
        for use in re.findall(rf"\b{storage}\b(.{{0,30}})", text):
            called = re.match(r"\.(?:get|set|remove)Item\((\w+)[,)]", use)
            assert called, f"{script.name}: {storage}{use}"
            found.add(constants[called[1]])
    return found


@pytest.mark.parametrize("storage", KEPT)
def test_only_how_things_look_and_were_left_is_kept_in_a_browser(storage: str) -> None:
    assert kept(storage) == KEPT[storage]


def test_and_nothing_anywhere_else_in_it() -> None:
    assert len(SCRIPTS) > 9
    assert [(script.name, word) for script in SCRIPTS for word in ELSEWHERE if word in script.read_text()] == []
