"""The doctor finds what is wrong with servers, queues, clock, disks and settings, and says how to mend it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from tests.doctor.looking import found, states
from tests.whole_person import keep_files_in
from unroller import clock, doctor, readiness, store
from unroller.doctor import Finding, configuration, places, servers, tools, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_redis(settings: Settings) -> Iterator[None]:
    """A port that nobody listens at."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    store.client.cache_clear()
    yield
    store.client.cache_clear()


def test_servers_that_are_well_are_green() -> None:
    assert set(states(servers.postgres, servers.redis).values()) == {"ok"}
    assert found(servers.postgres)["PostgreSQL"].sentence == "18 answers"


def test_a_wrong_password_of_postgresql_is_named_without_saying_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "not the password")
    (finding,) = servers.postgres()
    assert finding.state == "broken"
    assert "password authentication failed" in finding.sentence
    assert "not the password" not in finding.sentence
    assert "DATABASE_URL" in finding.mend


def test_a_port_that_nobody_listens_at_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", "9")
    (finding,) = servers.postgres()
    assert (finding.state, "refused" in finding.sentence) == ("broken", True)


def test_a_missing_migration_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'billing'")
    finding = found(servers.postgres)["migrations"]
    assert (finding.state, finding.mend) == ("broken", "Run `manage.py migrate`.")
    assert "billing." in finding.sentence


def test_redis_that_is_away_is_named_and_the_others_are_still_looked_after(no_redis: None) -> None:
    assert states(servers.redis, servers.postgres, work.the_clock)["PostgreSQL"] == "ok"
    assert found(servers.redis)["Redis"].mend.startswith("See that Redis runs")
    assert found(work.the_clock)["clock"].state == "broken"


def test_a_redis_that_throws_bells_away_is_broken() -> None:
    client = store.client()
    try:
        client.config_set("maxmemory", "1gb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        finding = found(servers.redis)["memory of Redis"]
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "0")
    assert (finding.state, "volatile-lru" in finding.mend) == ("broken", True)


def test_clocks_that_differ_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 100)
    finding = found(servers.postgres)["clock of PostgreSQL"]
    assert (finding.state, finding.sentence) == ("broken", "100 seconds ahead of this machine's")


def test_queues_that_nobody_works_are_named_one_by_one() -> None:
    findings = found(work.workers)
    assert set(findings) == {f"queue {name}" for name in readiness.LATE}
    assert {finding.state for finding in findings.values()} == {"broken"}
    assert "--queues=letters" in findings["queue letters"].mend


def test_what_could_not_be_counted_is_not_called_nothing() -> None:
    with connection.execute_wrapper(_too_late):
        findings = found(work.workers)
    assert {finding.sentence for finding in findings.values()} == {
        "nobody listens; PostgreSQL did not say in time what waits"
    }


def _too_late(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if "accounts_letter" in sql:
        raise OperationalError("canceling statement due to statement timeout")
    return execute(sql, *rest)


@pytest.mark.parametrize(("ago", "state"), [(1, "ok"), (3_600, "broken")])
def test_a_clock_that_stopped_is_named(ago: int, state: str) -> None:
    assert states(work.the_clock) == {"clock": "broken"}
    store.client().hset(clock.RUNG, "sweep", str(time.time() - ago))
    assert states(work.the_clock) == {"clock": state}


def test_a_storage_that_cannot_be_written_is_named(tmp_path: Path, settings: Settings) -> None:
    keep_files_in(tmp_path / "files", settings)
    assert states(places.storage) == {"storage": "ok"}
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    (tmp_path / "taken").write_text("no folder")
    keep_files_in(tmp_path / "taken", settings)
    assert states(places.storage) == {"storage": "broken"}


def test_disks_without_room_or_folder_are_named(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "ENOUGH_FREE", 10**18)
    assert states(places.disks)["temporary files"] == "warning"
    settings.DATA_DIR = tmp_path / "nowhere"
    assert states(places.disks)["DATA_DIR"] == "broken"


def test_settings_of_a_public_site_are_held_against_the_checks(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(states(*configuration.LOOKS).values()) == {"ok"}
    settings.SITE_URL, settings.CONTACT_EMAIL, settings.ADMINS = "https://unroller.example", "", []
    monkeypatch.delenv("SECRET_KEY")
    findings = list(configuration.settings_are_sound())
    assert any("unroller.W002" in finding.sentence and finding.mend for finding in findings)
    assert states(configuration.the_key_is_kept, configuration.somebody_is_told) == {
        "SECRET_KEY": "warning",
        "ADMINS": "warning",
    }


def test_a_pdf_can_be_made_here() -> None:
    assert states(tools.pdf, tools.zones) == {"PDF": "ok", "time zones": "ok"}


def _raise(words: str) -> Finding:
    raise ValueError(words)


def test_a_look_that_fails_keeps_no_other_from_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    def falls_over() -> Iterator[Finding]:
        yield from map(_raise, ["something\nodd"])

    monkeypatch.setattr(doctor, "LOOKS", (falls_over, tools.zones))
    first, second = doctor.examine()
    assert (first.state, first.name, first.sentence) == ("broken", "falls over", "ValueError: something odd")
    assert second.state == "ok"
