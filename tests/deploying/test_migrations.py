"""Migrations run while yesterday's code still serves: what it reads and writes must go on to work (docs/running.md)."""

import pytest
from django_migration_linter.migration_linter import MigrationLinter

from tests.processes import ROOT

LANDED = {
    "accounts": {"0001_initial", "0002_letters", "0003_leased", "0004_tokens"},
    "billing": {"0001_initial", "0002_money"},
    "unroller": {
        *("0001_initial", "0002_people", "0003_library", "0004_keeping", "0005_content_version", "0006_authors_rights"),
        "0007_blogs",
    },
}
"""Older than the rule, by app."""
EXCEPTIONS: dict[tuple[str, str], str] = {}
"""Migrations (app, name) that the linter refuses and that are harmless all the same, with the reason why."""


def linted(**which: list[str]) -> MigrationLinter:
    linter = MigrationLinter(str(ROOT), no_cache=True, **which)  # type: ignore[arg-type]
    linter.lint_all_migrations()
    return linter


def excused(app: str) -> set[str]:
    """The names of an app's migrations that are not looked at."""
    return LANDED[app] | {name for other, name in EXCEPTIONS if other == app}


@pytest.mark.parametrize("app", LANDED)
@pytest.mark.django_db(transaction=True)  # as a migration that is not atomic wants it
def test_migrations_do_not_break_the_release_before(app: str, capsys: pytest.CaptureFixture[str]) -> None:
    linter = linted(include_apps=[app], ignore_name=sorted(excused(app)))
    assert not linter.has_errors, capsys.readouterr().out
    assert linter.nb_valid > 0


@pytest.mark.django_db
def test_the_linter_finds_what_would_break_it() -> None:
    assert linted(include_name=["0003_leased"]).has_errors


def test_every_exception_is_a_migration_and_says_why() -> None:
    for app in LANDED:
        here = {path.stem for path in (ROOT / app / "migrations").glob("0*.py")}
        assert excused(app) <= here
    assert set(LANDED) == {path.parent.name for path in ROOT.glob("*/migrations")}
    assert {app for app, _ in EXCEPTIONS} <= set(LANDED)
    assert all(len(reason.split()) > 4 for reason in EXCEPTIONS.values())
