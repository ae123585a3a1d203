"""`core`, `sources` and `exports` run without a framework: proved by importing all of them in a bare interpreter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FRAMEWORKS = {"django", "celery", "kombu", "redis"}
SCRIPT = """
import importlib, json, pkgutil, sys
sys.path[:0] = [sys.argv[1]]
package = importlib.import_module(sys.argv[2])
walk = pkgutil.walk_packages(package.__path__, package.__name__ + ".")
names = [importlib.import_module(module.name).__name__ for module in walk]
print(json.dumps([names, sorted(sys.modules)]))
"""


def imported(package: str) -> tuple[list[str], set[str]]:
    """All modules of a package, and the top-level names of everything that importing them brought in."""
    command = [sys.executable, "-I", "-c", SCRIPT, str(ROOT), package]
    run = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60, cwd=ROOT, env={})
    names, loaded = json.loads(run.stdout)
    return names, {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("package", ["unroller.core", "unroller.sources", "unroller.exports"])
def test_it_imports_without_any_framework(package: str) -> None:
    names, loaded = imported(package)
    files = [path for path in (ROOT / package.replace(".", "/")).rglob("*.py") if path.name != "__init__.py"]
    assert len([name for name in names if not (ROOT / name.replace(".", "/")).is_dir()]) == len(files) > 0
    assert not loaded & FRAMEWORKS


def test_core_does_not_know_the_network_either() -> None:
    assert not imported("unroller.core")[1] & {"httpx", "httpcore"}


def test_the_proof_would_notice_a_framework() -> None:
    assert "django" in imported("billing.templatetags")[1]
