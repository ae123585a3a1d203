"""As whom PostgreSQL runs, which refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from .errors import EmbeddedError

_UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """A user and a group of this machine, by number."""

    user: int
    group: int


def account_for(folder: Path) -> Account | None:
    """The account for a server that keeps its data in `folder`; None: as whoever we are, who is not root.

    A folder that an ordinary user's server made keeps its owner, so that this user can go on with it later.
    """
    if os.geteuid() != 0:
        return None
    if folder.exists() and (owner := folder.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError as error:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and this machine has no user {_UNPRIVILEGED!r} to run it as:"
            " start as an ordinary user, or set DATABASE_URL."
        ) from error
    return Account(entry.pw_uid, entry.pw_gid)


def give(folder: Path, account: Account) -> None:
    """Make an account the owner of a folder with all that is in it; nobody's permissions change."""
    for path, _, files in os.walk(folder):
        for each in (path, *(os.path.join(path, file) for file in files)):  # noqa: PTH118
            os.chown(each, account.user, account.group, follow_symlinks=False)
