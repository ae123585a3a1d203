"""Misconfiguration of sites that run on several machines, said at start-up by id, with a hint."""

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from unroller import env, file_store


@register
def several_machines_share_what_they_must(**_: Any) -> list[CheckMessage]:
    """Whoever names a bucket has several machines, or will: what each would otherwise make for itself is named too."""
    if not file_store.is_shared(settings.STORAGES["default"]):
        return []
    found: list[CheckMessage] = []
    if not env.text("SECRET_KEY"):
        found.append(
            Error(
                "STORAGE_URL is set, SECRET_KEY is not: every machine would make a key of its own.",
                hint="Set SECRET_KEY (or SECRET_KEY_FILE), the same everywhere. One that was made lies in "
                "DATA_DIR/secret-key.",
                id="unroller.E010",
            )
        )
    alone = [name for name in ("DATABASE_URL", "REDIS_URL") if not env.text(name)]
    if alone:
        found.append(
            checks.Warning(
                f"STORAGE_URL is set, {' and '.join(alone)} is not: every machine would start servers of its own.",
                hint="Name the servers that all machines share.",
                id="unroller.W010",
            )
        )
    return found
