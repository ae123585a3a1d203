"""What a machine lacks for a test: a program is skipped on a developer's machine and fails CI; a right is skipped."""

import os
import shutil
from typing import NoReturn

import pytest

PACKAGES = {
    "caddy": "caddy",
    "chromium": "chromium",
    "epubcheck": "epubcheck",
    "ip": "iproute2",
    "pgbouncer": "pgbouncer",
    "promtool": "prometheus",
    "python3": "python3",
}
"""What `.ci/run` installs for each program that tests run."""
REFUSALS = ("not permitted", "denied", "not supported", "Unknown device type", "Read-only file system")
"""How Linux says that a container, or a kernel, keeps something back."""


def program(name: str, *others: str, untested: str, path: str | None = None) -> str:
    """Where a program is, by the first of its names that is found."""
    found = next(filter(None, (shutil.which(each, path=path) for each in (name, *others))), None)
    return found or missing(f"NO {name.upper()} HERE: nobody has checked {untested} (apt-get install {PACKAGES[name]})")


def missing(words: str) -> NoReturn:
    """What CI can always have is not here."""
    if os.environ.get("CI"):
        pytest.fail(f"{words}. CI must have it.")
    pytest.skip(words)


def need_root(words: str) -> None:
    """What only root may do; no package makes CI that."""
    if os.geteuid():
        pytest.skip(f"NOT ROOT: {words}")


def refused(words: str, said: str) -> NoReturn:
    """A program could not do what it was told, which said why: the machine keeps that back, or it is a fault."""
    if any(each in said for each in REFUSALS):
        pytest.skip(f"{words}: {said}")
    missing(f"{words}: {said}")
