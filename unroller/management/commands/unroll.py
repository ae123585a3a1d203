"""The main job in the foreground: a link in, the thread on stdout."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from unroller import networks
from unroller.core.assemble import assemble
from unroller.core.errors import NotConfigured, RateLimited, UnrollError
from unroller.core.posts import Pile, Thread
from unroller.exports import json as json_export
from unroller.exports import markdown, text
from unroller.sources.base import HARD_CAP, PostRef, Wish
from unroller.sources.budget import ProcessBudget
from unroller.sources.recording import Raw, Recorder, named

LONGEST_WAIT = 60
"""Seconds a rate limit is waited for; nobody wants a terminal that sleeps for a quarter of an hour."""

MOST_WAITS = 20


class Command(BaseCommand):
    """`manage.py unroll URL`. Nothing is stored; progress goes to stderr; exit 1 and one line when it cannot."""

    _seen = 0
    _waits = 0
    help = "Unroll the thread of a linked post and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", help="a link to any post of a thread, or the bare id of a post on X")
        parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            thread = self._unroll(networks.find(options["url"]))
        except UnrollError as error:
            until = (
                f" It answers again at {error.until:%Y-%m-%d %H:%M:%S} UTC." if isinstance(error, RateLimited) else ""
            )
            hint = " `make run` or `make sandbox` starts a pretend one." if isinstance(error, NotConfigured) else ""
            raise CommandError(f"{error.for_reader}{until}{hint} ({_detail(error)})") from error
        self.stdout.write(FORMATS[options["format"]](thread), ending="")

    def _unroll(self, ref: PostRef) -> Thread:
        source = networks.sources()[ref.source]
        raw = Raw(source=ref.source, key=ref.key)
        budget = ProcessBudget()
        try:
            while True:
                recorder = Recorder(raw, networks.without_database(), budget=budget, on_answer=self._progress)
                try:
                    source.fetch(ref, recorder, Wish(most=HARD_CAP))
                    break
                except RateLimited as error:
                    self._wait(error)
            pile: Pile = source.parse(raw)
            return assemble(pile, most=HARD_CAP).thread
        except UnrollError as error:
            raise named(error, source.label) from None

    def _progress(self, seen: int) -> None:
        if seen > self._seen:
            self._seen = seen
            self.stderr.write(f"{seen} posts so far")

    def _wait(self, error: RateLimited) -> None:
        seconds = (error.until - datetime.now(UTC)).total_seconds()
        self._waits += 1
        if seconds > LONGEST_WAIT or self._waits > MOST_WAITS:
            raise error
        self.stderr.write(f"rate limited, waiting {max(0, seconds):.0f} s")
        time.sleep(max(0, seconds))


def _detail(error: UnrollError) -> str:
    """The error's name, and what it says beyond its sentence, on one line."""
    words = " ".join(str(error).split())[:300]
    return error.code if words == error.sentence else f"{error.code}: {words}"


def _json(thread: Thread) -> str:
    return json.dumps(json_export.facts(thread), ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, Callable[[Thread], str]] = {"text": text.export, "markdown": markdown.export, "json": _json}
