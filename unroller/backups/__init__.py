"""Backups: everything a site keeps, in one file that says of itself what it holds (docs/backup.md).

A backup is an uncompressed tar: `database.dump` (pg_dump's own format), `files/…` (the site's storage),
`files.jsonl` (a line for each file), `manifest.json` and, last of all, `manifest.sha256`. What was cut off, or of
which a byte changed, has no manifest or does not match it.
"""

from .checking import verify
from .errors import BackupError
from .making import make
from .manifest import Manifest
from .restoring import restore

__all__ = ["BackupError", "Manifest", "make", "restore", "verify"]
