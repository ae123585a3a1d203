"""Machines of one site, each with a data folder of its own: web processes and workers as an operator starts them."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
from django.conf import settings
from django.test import Client

from tests.object_stores.service import _answers
from tests.processes import ROOT, Worker, free_port, until

TOKEN = "t" * 32


class Machine:
    """One of them: a folder, and what runs there."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.folder.mkdir()
        (folder / "static").symlink_to(settings.STATIC_ROOT)
        self._env = {**env, "DATA_DIR": str(folder), "BILLING_ENABLED": "true"}
        self._workers: list[Worker] = []
        self._web: subprocess.Popen[bytes] | None = None
        self._port = 0

    def works(self, queues: str) -> None:
        """A worker begins, and takes work when this returns."""
        worker = Worker(self._env, "--hostname", f"{self.folder.name}@%h", queues=queues)
        worker._log = self.folder / "worker.log"
        self._workers.append(worker)
        worker.start()

    def serves(self) -> None:
        """A web process begins, and answers when this returns."""
        self._port = free_port()
        command = ["granian", "--interface=wsgi", "--host=127.0.0.1", f"--port={self._port}", "--workers=1"]
        environ = Worker(self._env)._env  # the test's own database
        with (self.folder / "web.log").open("wb") as log:
            self._web = subprocess.Popen(
                [sys.executable, "-m", *command, "--blocking-threads=4", "--no-ws", "unroller.wsgi:application"],
                cwd=ROOT,
                env=environ,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until(lambda: _answers(self._port), what=f"web ready ({self.folder}/web.log)")

    def visitor(self, person: Client) -> httpx.Client:
        """A browser that talks to this machine, signed in as Django's test client is."""
        cookies = {"sessionid": person.cookies["sessionid"].value, "csrftoken": TOKEN}
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self._port}", cookies=cookies, headers={"X-CSRFToken": TOKEN}, timeout=60
        )

    def cached(self) -> list[Path]:
        """Pictures that lie here."""
        return list((self.folder / "media").glob("*/*"))

    def stop(self) -> None:
        for each in self._workers:
            each.kill()
        if self._web is not None:
            self._web.terminate()
            self._web.wait()
