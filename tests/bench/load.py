"""Requests over kept connections, from a process of its own so that client and server do not share a lock."""

import multiprocessing
import socket
import threading
from time import perf_counter
from typing import BinaryIO

SECONDS = 3.0
CONNECTIONS = 8


def rate(port: int, path: str) -> float:
    """Requests a second that a server answers over eight connections, measured for three seconds."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return float(pool.apply(_rate, (port, path)))


def _rate(port: int, path: str) -> float:
    counts = [0] * CONNECTIONS
    end = perf_counter() + SECONDS

    def ask(number: int) -> None:
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port)) as connection, connection.makefile("rb") as answers:
            while perf_counter() < end:
                connection.sendall(request)
                _read(answers)
                counts[number] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    start = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (perf_counter() - start)


def _read(answers: BinaryIO) -> None:
    status = answers.readline()
    if b" 200 " not in status:
        raise RuntimeError(status)
    length = 0
    while line := answers.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    answers.read(length)
