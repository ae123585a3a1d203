"""`manage.py restore`: a backup into an empty database and an empty storage."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unroller import backups
from unroller.management.commands.backup import summary


class Command(BaseCommand):
    """Exits with 1 and one sentence where it did not restore."""

    help = "Restore a backup into an empty database and an empty storage (docs/backup.md)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path)

    def handle(self, *, backup: Path, **_: Any) -> str:
        try:
            manifest = backups.restore(backup, say=self.stdout.write)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        lines = [f"Restored: {summary(manifest)}.", "Settings that were set there:"]
        return "\n".join([*lines, *(f"  {name}" for name in manifest.settings or ["none"])])
