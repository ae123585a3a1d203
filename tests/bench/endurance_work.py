"""Work for a site that is measured: threads, followers, mail, letters and files; and what became of it."""

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.processes import ROOT, until

LOGIN = "/accounts/login/"
EVERY = 0.5
POSTS = 6
FILE_EVERY, LETTER_EVERY = 8, 6
"""Threads to a file, and to a letter."""
READERS = 4
"""Who follow the author, and take files in turn: a reader may have 120 new ones an hour."""
PREPARE = """
import json
from tests.bench.cookies import cookie_of
from tests.follows import a_reader
from unroller.models import Author, Cadence, Follow, Reader
author, cookies = Author.objects.filter(source="bluesky", handle=HANDLE).get(), []
for number in range(READERS):
    user = a_reader(f"reader{number}", premium=True)
    Reader.objects.get_or_create(user=user)
    Follow.objects.create(user=user, author=author, cadence=Cadence.INSTANT)
    cookies.append(cookie_of(user))
print(json.dumps(cookies))
"""
COUNT = """
import json
from accounts.models import Letter
from unroller.models import Job, Notification, Thread, ThreadFile
threads = Thread.objects.filter(title__startswith="Post 0 of thread", post_count=POSTS)
def done(rows, **fields):
    return [rows.filter(**fields).count(), rows.count()]
print(json.dumps({
    "threads": [threads.count(), threads.count() + Job.objects.filter(finished_at=None, why="asked").count()],
    "mails": done(Notification.objects, outcome="sent"),
    "letters": done(Letter.objects, outcome="sent"),
    "files": done(ThreadFile.objects, size__gt=0),
}))
"""


@dataclass
class Work:
    """Somebody writes threads; visitors paste their links and ask for codes, followers are told and take files."""

    base: str
    sandbox: dict[str, Any]
    environment: dict[str, str]
    asked: Counter[str] = field(default_factory=Counter)
    error: Exception | None = None
    over: threading.Event = field(default_factory=threading.Event)
    cookies: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Begin, when the thread that is `known` is here."""
        self.cookies = self._told(PREPARE.replace("HANDLE", repr(self._handle)).replace("READERS", str(READERS)))
        self._thread = threading.Thread(target=self._go)
        self._thread.start()

    def check(self) -> None:
        """Raises what ended it."""
        if self.error is not None:
            raise RuntimeError("nobody writes any more") from self.error

    def stop(self) -> None:
        self.over.set()
        self._thread.join()

    def done(self) -> str:
        """What was done of what was asked for. Raises RuntimeError when that is not all, or more."""
        counts: dict[str, Any] = {}

        def is_all() -> bool:
            counts.update(self._told(COUNT.replace("POSTS", str(POSTS))))
            return all(counts[name] == [number, number] for name, number in wanted.items())

        wanted = {**self.asked, "mails": READERS * self.asked["threads"]}
        try:
            until(is_all, what="all done", seconds=300)
        except AssertionError as error:
            raise RuntimeError(f"done and there: {counts}; asked for: {wanted}") from error
        return ", ".join(f"{counts[name][0]:,} {name}" for name in wanted)

    @property
    def known(self) -> str:
        """A thread of the author who writes."""
        return str(next(link["url"] for link in self.sandbox["links"] if link["network"] == "bluesky"))

    @property
    def _handle(self) -> str:
        return self.known.split("/")[4]

    def _told(self, script: str) -> Any:
        """What a script says that knows the site."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
        answer = subprocess.run(command, cwd=ROOT, env=self.environment, check=False, capture_output=True, text=True)
        if answer.returncode:
            raise RuntimeError(answer.stderr)
        return json.loads(answer.stdout.splitlines()[-1])

    def _go(self) -> None:
        try:
            with httpx.Client(timeout=60) as client:
                while not self.over.wait(EVERY):
                    self._once(client)
        except Exception as error:
            self.error = error

    def _once(self, client: httpx.Client) -> None:
        number = self.asked["threads"]
        door = f"{self.sandbox['env']['BLUESKY_APPVIEW_URL']}/_sandbox/publish"
        texts = [f"Post {each} of thread {number}." for each in range(POSTS)]
        thread = {"network": "bluesky", "handle": self._handle, "texts": texts}
        link = client.post(door, json=thread).raise_for_status().json()["links"][-1]
        page = self._posted(client, "/unroll", {"url": link})
        self.asked["threads"] += 1
        if number % LETTER_EVERY == 0:
            with httpx.Client(timeout=60) as stranger:
                form = stranger.get(self.base + LOGIN).text
                [token, *_] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
                fields = {"email": f"new{number}@example.com", "csrfmiddlewaretoken": token}
                self._posted(stranger, LOGIN, fields)
            self.asked["letters"] += 1
        if number % FILE_EVERY == 0:
            until(lambda: "/thread/" in str(client.get(self.base + page, follow_redirects=True).url), what=link)
            address = client.get(self.base + page, follow_redirects=True).url
            kind = (".pdf", ".epub")[number // FILE_EVERY % 2]
            headers = {"Cookie": self.cookies[number // FILE_EVERY % READERS]}
            answer = client.get(f"{self.base}{address.path}{kind}", headers=headers)
            if answer.status_code not in {200, 303}:
                raise RuntimeError(f"{kind} answered {answer.status_code}")
            self.asked["files"] += 1

    def _posted(self, client: httpx.Client, path: str, fields: dict[str, str]) -> str:
        """A form of a visitor of its own; where it leads. Raises RuntimeError unless it was taken."""
        number = sum(self.asked.values())
        visitor = f"198.19.{number // 256 % 256}.{number % 256}"
        headers = {"X-Forwarded-For": visitor, "Sec-Fetch-Site": "same-origin"}
        answer = client.post(self.base + path, data=fields, headers=headers)
        if answer.status_code not in {302, 303}:
            raise RuntimeError(f"{path} answered {answer.status_code}")
        return answer.headers["Location"]
