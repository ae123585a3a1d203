"""Visitors who paste links, from a process of their own, which knows nothing of the site."""

import multiprocessing
import threading
from collections import Counter
from typing import NamedTuple
from urllib.parse import urlencode

import httpx

CLIENTS = 64
"""So many are under way at a time: eight for each thread of the web process."""


class Paste(NamedTuple):
    """A link that a visitor, told by an address, pastes."""

    visitor: str
    link: str


def paste_all(port: int, pastes: list[Paste]) -> dict[str, Counter[int]]:
    """Paste all links, over so many connections at a time; for each visitor how often each status was answered."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_paste_all, (port, pastes))


def _paste_all(port: int, pastes: list[Paste]) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {paste.visitor: Counter() for paste in pastes}

    def go(first: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for paste in pastes[first::CLIENTS]:
                headers = {"X-Forwarded-For": paste.visitor, "Host": "localhost"}
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode({"url": paste.link})
                found[paste.visitor][client.post("/unroll", content=body, headers=headers).status_code] += 1

    threads = [threading.Thread(target=go, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
