"""What is written into files does not grow for ever: mail without a mail server, logs of the embedded servers."""

import os
import time
from pathlib import Path

from pytest_django import Settings

from accounts.actions import mail_files
from tests.embedded_users import User
from tests.processes import until


def test_mail_files_go_after_a_month_and_nothing_else_does(tmp_path: Path, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "accounts.backends.Files", str(tmp_path)
    long_ago = time.time() - mail_files.KEPT.total_seconds() - 60
    for name, when in {"old.eml": long_ago, "new.eml": time.time(), "notes.txt": long_ago}.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (when, when))
    assert mail_files.tidy() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.eml", "notes.txt"]
    settings.EMAIL_FILE_PATH = str(tmp_path / "nowhere")
    assert mail_files.tidy() == 0


def test_logs_are_begun_anew_while_the_servers_run(tmp_path: Path) -> None:
    user, log = User(tmp_path / "data"), tmp_path / "data" / "log" / "postgres.log"
    try:
        user.ensure()
        with log.open("ab") as file:
            file.write(b"x" * 5_000_001)
        until(lambda: log.stat().st_size < 5_000_000, what="the log is begun anew")
        assert log.with_suffix(".log.1").stat().st_size >= 5_000_000
    finally:
        user.ask("leave")
        user.kill()
