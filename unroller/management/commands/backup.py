"""`manage.py backup`: the database and the files in one file, while the site runs; or a look whether one is whole."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unroller import backups


class Command(BaseCommand):
    """Exits with 1 and one sentence where there is no backup."""

    help = "Write the database and the files into one file (docs/backup.md), or check one with --verify."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("where", type=Path, help="a folder, in which it gets a name with the time; or a new file")
        parser.add_argument("--without-files", action="store_true", help="the database alone")
        parser.add_argument(
            "--verify", action="store_true", help="write nothing: read this backup and say if it is whole"
        )

    def handle(self, *, where: Path, without_files: bool, verify: bool, **_: Any) -> str:
        try:
            if verify:
                return f"{where} is whole: {summary(backups.verify(where))}"
            path, manifest = backups.make(where, with_files=not without_files, say=self.stdout.write)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        return f"{path}: {summary(manifest)}"


def summary(manifest: backups.Manifest) -> str:
    """What a backup holds, as half a sentence."""
    rows = sum(manifest.tables.values())
    held = f"{rows:,} rows of {len(manifest.tables)} tables ({manifest.dump_size:,} bytes)"
    if manifest.files is None:
        return f"{held}, without files, of {manifest.made_at}"
    gone = f" ({manifest.vanished:,} were deleted meanwhile)" if manifest.vanished else ""
    return f"{held}, {manifest.files:,} files{gone} ({manifest.files_size:,} bytes), of {manifest.made_at}"
