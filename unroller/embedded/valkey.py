"""Valkey of a data folder: an append-only file, a password, loopback only."""

import signal
import subprocess
from typing import ClassVar

from .probes import valkey_answers
from .programs import valkey_server
from .server import Server


class Valkey(Server):
    name: ClassVar[str] = "valkey"
    label: ClassVar[str] = "Valkey"
    stop_signals: ClassVar[tuple[signal.Signals, ...]] = (signal.SIGTERM,)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def prepare(self, lock: int) -> None:
        (self.folder / "data").mkdir(mode=0o700, exist_ok=True)

    def launch(self, lock: int) -> subprocess.Popen[bytes]:
        settings = {
            # Nothing in it must survive a power cut, and a slow disk must not hang whoever asks.
            "appendfsync": "no",
            "appendonly": "yes",
            "bind": "127.0.0.1",
            "maxmemory-policy": "noeviction",
            "port": self.port,
            "requirepass": self.password,
            "save": '""',  # the append-only file is enough
        }
        # By standard input: arguments can be read by every user of the machine.
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        return self.spawn([str(valkey_server()), "-"], lock, folder=self.folder / "data", text=text)

    def is_ready(self) -> bool:
        return valkey_answers(self.url)
