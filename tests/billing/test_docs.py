"""docs/billing.md says what every alert, number and check means; what is not in it is not finished."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing import metrics

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "billing.md").read_text()
TELLING = {"alert", "tell"}


def kinds() -> Iterator[str]:
    """The first argument of every call that makes an alert."""
    for path in (ROOT / "billing").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node.func) in TELLING and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def documented(heading: str) -> set[str]:
    """The first column of the table under a heading."""
    section = DOCUMENT.split(f"# {heading}\n")[1].split("\n#")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_every_alert_is_explained_and_none_that_there_is_not() -> None:
    assert documented("What each alert means") == set(kinds())


def test_every_number_is_explained_in_the_same_words() -> None:
    assert documented("The numbers") == set(metrics.MEANINGS)
    for name, meaning in metrics.MEANINGS.items():
        assert f"| `{name}` | {meaning}" in DOCUMENT


def test_every_check_is_explained() -> None:
    ids = re.findall(r'id="(billing\.[EW]\d{3})"', (ROOT / "billing" / "checks.py").read_text())
    assert documented("Checks") == set(ids)


@pytest.mark.parametrize("command", ["stripe_setup", "billing_reconcile", "billing_smoke"])
def test_every_command_is_named(command: str) -> None:
    assert f"manage.py {command}" in DOCUMENT
