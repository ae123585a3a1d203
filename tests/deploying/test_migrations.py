"""Migrations run while yesterday's code still serves: what it reads and writes must go on to work (docs/running.md)."""

import pytest
from django_migration_linter.migration_linter import MigrationLinter

from tests.processes import ROOT

APPS = ["accounts", "billing", "unroller"]
LANDED = [
    *("0001_initial", "0002_letters", "0003_leased", "0004_tokens"),
    *("0002_money",),
    *("0002_people", "0003_library", "0004_keeping", "0005_content_version", "0006_authors_rights", "0007_blogs"),
]
"""Older than the rule, and than the first release."""
EXCEPTIONS: dict[str, str] = {}
"""Migrations that the linter refuses and that are harmless all the same, with the reason why."""


def linted(**which: list[str]) -> MigrationLinter:
    linter = MigrationLinter(str(ROOT), no_cache=True, **which)  # type: ignore[arg-type]
    linter.lint_all_migrations()
    return linter


@pytest.mark.django_db(transaction=True)  # as a migration that is not atomic wants it
def test_migrations_do_not_break_the_release_before(capsys: pytest.CaptureFixture[str]) -> None:
    linter = linted(include_apps=APPS, ignore_name=[*LANDED, *EXCEPTIONS])
    assert not linter.has_errors, capsys.readouterr().out


@pytest.mark.django_db
def test_the_linter_finds_what_would_break_it() -> None:
    assert linted(include_name=["0003_leased"]).has_errors


def test_every_exception_is_a_migration_and_says_why() -> None:
    here = {path.stem for app in APPS for path in (ROOT / app / "migrations").glob("0*.py")}
    assert {*LANDED, *EXCEPTIONS} <= here
    assert all(len(reason.split()) > 4 for reason in EXCEPTIONS.values())
