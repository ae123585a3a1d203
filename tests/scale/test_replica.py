"""Public pages from a real standby, which is held, behind, and away in turn."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.conf import settings
from django.db import transaction

from tests.processes import ROOT, Web, until
from tests.scale.clusters import Cluster, replicated
from tests.threads import a_thread
from unroller import replica
from unroller.actions import threads
from unroller.core.errors import Removed
from unroller.models import Thread

AUTHOR = "/author/x/maralind"
SECOND = 101
"""The head of the thread that goes, or changes."""
ASKED = """
from unroller import replica
from unroller.doctor import servers
replica.MOST_LAG = {patience}
for finding in servers.the_replica():
    print(f"{{finding.state}}: {{finding.sentence}}")
"""
SIGNED_IN = {settings.SESSION_COOKIE_NAME: "of nobody"}


class Scene(NamedTuple):
    first: Cluster
    standby: Cluster
    web: Web

    def hold(self) -> None:
        """From now on the standby learns nothing."""
        self.standby.ask("SELECT pg_wal_replay_pause()")
        until(lambda: self.standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused", what="standby held")

    def status(self, number: int) -> int:
        return self.web.get(f"/thread/x/{number}").status_code

    def doctor(self, *, patience: float = replica.MOST_LAG) -> str:
        """What it says of the standby, in a process of its own, with so many seconds of patience."""
        environment = {"DATABASE_URL": self.first.url, "DATABASE_REPLICA_URL": self.standby.url, "LOG_LEVEL": "ERROR"}
        command = [sys.executable, "manage.py", "shell", "-v0", "-c", ASKED.format(patience=patience)]
        return subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment}, check=True, capture_output=True, text=True
        ).stdout

    def lists(self, **cookies: str) -> bool:
        return f"/thread/x/{SECOND}" in self.web.get(AUTHOR, **cookies).text


@pytest.fixture
def scene(transactional_db: None) -> Iterator[Scene]:
    for head in (1, SECOND, 201, 401):
        a_thread(3, first=head)
    with replicated() as (first, standby):
        environment = {"DATABASE_URL": first.url, "DATABASE_REPLICA_URL": standby.url}
        web = Web(0, **environment, LOG_LEVEL="WARNING")
        try:
            yield Scene(first, standby, web)
        finally:
            web.kill()


def test_what_everybody_reads_comes_from_the_replica_and_never_what_is_gone(scene: Scene) -> None:
    assert (scene.status(1), scene.lists()) == (200, True)
    assert re.fullmatch(r"ok: \d\.\d seconds behind\n", scene.doctor())
    scene.hold()
    with scene.first.in_use():
        a_thread(3, first=301)
        with transaction.atomic():
            threads.remove(Thread.objects.select_for_update().get(path=str(SECOND)), Removed())
    assert scene.status(301) == 200, "the replica does not have it yet"
    assert scene.status(SECOND) == 410, "the replica has it still"
    assert not scene.lists(**SIGNED_IN), "whoever may be signed in sees what they did"
    until(lambda: not scene.lists(), what="a replica that is behind is left alone")
    assert scene.doctor(patience=0.5).startswith("warning: more than")
    scene.standby.ask("SELECT pg_wal_replay_resume()")
    _goes_on_without_the_replica(scene)
    _goes_on_with_the_replica_alone(scene)


def _goes_on_without_the_replica(scene: Scene) -> None:
    scene.standby.stop()
    assert scene.doctor().startswith("broken: OperationalError")
    assert (scene.status(201), scene.lists()) == (200, False)


def _goes_on_with_the_replica_alone(scene: Scene) -> None:
    scene.standby.start()
    until(lambda: scene.first.ask("SELECT count(*) FROM pg_stat_replication") == 1, what="standby follows again")
    scene.first.stop()
    until(lambda: scene.web.get(AUTHOR).status_code == 200, what=f"the replica is asked after {replica.AGAIN_AFTER} s")
    for path in ("/thread/x/401", f"{AUTHOR}/feed", "/recent", "/search?q=post"):
        assert scene.web.get(path).status_code == 200, path
