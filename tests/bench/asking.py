"""Visitors who paste links, from a process of their own, which knows nothing of the site."""

import multiprocessing
import threading
from collections import Counter
from urllib.parse import urlencode

import httpx

CLIENTS = 8


def asked_all(port: int, links: list[str], requests: int, visitors: int) -> dict[int, int]:
    """So many requests for some threads, in turn, by visitors in turn; how often each status was answered."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_asked_all, (port, links, requests, visitors))


def _asked_all(port: int, links: list[str], requests: int, visitors: int) -> dict[int, int]:
    found = [Counter[int]() for _ in range(CLIENTS)]

    def ask(first: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for number in range(first, requests, CLIENTS):
                visitor = number % visitors
                headers = {"X-Forwarded-For": f"198.18.{visitor // 256}.{visitor % 256}", "Host": "localhost"}
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode({"url": links[number % len(links)]})
                found[first][client.post("/unroll", content=body, headers=headers).status_code] += 1

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return dict(sum(found, Counter[int]()))
