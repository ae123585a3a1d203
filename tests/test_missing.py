"""Tests that lack something say so: a program that CI must have fails there, a right is skipped everywhere."""

import re

import pytest

from tests.missing import PACKAGES, missing, need_root, program, refused
from tests.processes import ROOT

FAILED, SKIPPED = pytest.fail.Exception, pytest.skip.Exception


@pytest.mark.parametrize(("ci", "error"), [("true", FAILED), ("", SKIPPED)])
def test_a_missing_program_fails_in_ci_alone(
    monkeypatch: pytest.MonkeyPatch, ci: str, error: type[BaseException]
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(error, match=r"NO IP HERE: nobody has checked hosts \(apt-get install iproute2\)"):
        program("ip", untested="hosts")
    with pytest.raises(error, match="NO PACKAGE"):
        missing("NO PACKAGE")


def test_a_program_is_found_by_any_of_its_names() -> None:
    assert program("chromium", "sh", untested="the browser", path="/bin").startswith("/bin/")


@pytest.mark.parametrize("said", ["mount: /x: permission denied.", "RTNETLINK answers: Operation not permitted"])
def test_a_right_that_is_kept_back_is_skipped_in_ci_too(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SKIPPED, match="NO NETWORKS HERE: "):
        refused("NO NETWORKS HERE", said)
    with pytest.raises(FAILED, match="File exists"):
        refused("NO NETWORKS HERE", "RTNETLINK answers: File exists")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(SKIPPED, match="NOT ROOT: no networks"):
        need_root("no networks")


def test_ci_says_that_it_is_and_installs_every_program() -> None:
    run = (ROOT / ".ci" / "run").read_text()
    assert "export CI=true\n" in run
    assert set(re.findall(r"missing\+=\((\S+)\)", run)) == set(PACKAGES.values())
