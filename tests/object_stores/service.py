"""A pretended S3 service (moto) on loopback: a process of its own that the first test starts, and a road to it that
can be closed, slow, or break in the middle of a file."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from pytest_django import Settings

from tests.processes import free_port, until
from unroller import file_store

KEY, SECRET = "a-key", "a/secret+of=ours"
QUOTED = "a%2Fsecret%2Bof%3Dours"


class Service:
    """The process; buckets are made in it."""

    def __init__(self, log: Path) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "tests.object_stores", str(self.port)]
        with log.open("wb") as said:
            self._process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        until(lambda: _answers(self.port), what=f"S3 ready ({log})")
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
        )

    def bucket(self) -> str:
        name = f"bucket-{uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=name)
        return name

    def names(self, bucket: str, prefix: str = "") -> list[str]:
        """What lies in a bucket."""
        found = self.client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Road:
    """A way to a service on loopback over another address, on which things go wrong."""

    def __init__(self, port: int, *, address: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        self._to = port
        self._listener = socket.create_server(address, backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.closed = False
        """Nobody gets through; who is on the way is thrown off."""
        self.delay = 0.0
        """Seconds before each answer begins."""
        self.cut_after: int | None = None
        """Bytes of answers after which a connection breaks, once."""
        self.requests = 0
        self.fails_at: int | None = None
        """The request from which on nothing works until the road is opened."""
        self.fails_with = b""
        """What is said then, before the connection ends."""
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self.closed = True
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def open(self) -> None:
        self.closed, self.fails_at = False, None

    def end(self) -> None:
        self.close()
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(here,), daemon=True).start()

    def _carry(self, here: socket.socket) -> None:
        with here, contextlib.suppress(OSError):
            if self.closed:
                return
            with socket.create_connection(("127.0.0.1", self._to)) as there:
                self._open |= {here, there}
                threading.Thread(target=self._questions, args=(here, there), daemon=True).start()
                self._answers(there, here)
                self._open -= {here, there}

    def _questions(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := here.recv(65_536):
                self.requests += 1
                if self.fails_at is not None and self.requests >= self.fails_at:
                    here.sendall(self.fails_with)
                    here.shutdown(socket.SHUT_RDWR)
                    break
                there.sendall(data)
            there.shutdown(socket.SHUT_WR)

    def _answers(self, there: socket.socket, here: socket.socket) -> None:
        while data := there.recv(65_536):
            if self.delay:
                time.sleep(self.delay)
            if self.cut_after is not None:
                self.cut_after -= len(data)
                if self.cut_after <= 0:
                    self.cut_after = None
                    here.shutdown(socket.SHUT_RDWR)
                    return
            here.sendall(data)


class Place:
    """A bucket and the road to it, as a site's setting names them."""

    def __init__(self, service: Service) -> None:
        self.service, self.bucket, self.road = service, service.bucket(), Road(service.port)
        self.url = f"s3+plain://{KEY}:{QUOTED}@127.0.0.1:{self.road.port}/{self.bucket}?prefix=a/site"

    def names(self, folder: str = "") -> list[str]:
        """What lies below a folder of the site."""
        return [each.removeprefix("a/site/") for each in self.service.names(self.bucket, f"a/site/{folder}")]

    def becomes_ours(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        """This process keeps its files there until the test ends. By the fixture's settings alone: others that are
        changed later have to be put back earlier, or the bucket stays."""
        monkeypatch.setenv("STORAGE_URL", self.url)
        place = file_store.read("STORAGE_URL", folder=Path("/nowhere"), plain_hosts=frozenset())
        settings.STORAGES = settings.STORAGES | {"default": place}


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
