"""What a backup says of itself."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from .errors import BackupError

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`tables` counts rows; `migrations` names what was applied, by app; `settings` names what was set, without any
    value; `files` is None for a backup without files. Sizes in bytes."""

    format: int = FORMAT
    made_at: str
    site: str
    server_major: int
    dump_size: int
    dump_sha256: str
    tables: dict[str, int]
    migrations: dict[str, list[str]]
    files: int | None
    files_size: int
    list_sha256: str
    vanished: int
    """Files that were deleted while the others were copied: their rows are in the database, as of its moment."""
    settings: list[str]
    versions: dict[str, str]

    def as_text(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> "Manifest":
        """Raises BackupError for what another release wrote in a form that this one does not know."""
        try:
            words: dict[str, Any] = json.loads(text)
            known = words.get("format") == FORMAT
            return cls(**words) if known else _refuse(words.get("format"))
        except (ValueError, TypeError, AttributeError) as error:
            raise BackupError(f"The backup's manifest cannot be read: {error}.") from error


def _refuse(found: object) -> Manifest:
    raise BackupError(f"The backup has the form {found}, and this release reads form {FORMAT}: use the newer code.")
