"""Every way in which paying can go wrong has a number, and every number a test here whose name begins with it."""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
SCENARIOS = set(range(1, 53))
"""The failure scenarios of the contract about Stripe: from an event that comes five times at once to a request that
the installed package does not declare."""


def names() -> list[str]:
    """The tests of this folder as pytest collects them: functions of a module, not what stands in a comment."""
    modules = [ast.parse(path.read_text()) for path in sorted(HERE.glob("test_*.py"))]
    return [node.name for module in modules for node in module.body if isinstance(node, ast.FunctionDef)]


def test_every_scenario_has_a_test_and_no_test_a_number_besides() -> None:
    tested = {int(match[1]) for name in names() if (match := re.match(r"test_s(\d\d)_", name))}
    assert tested == SCENARIOS
