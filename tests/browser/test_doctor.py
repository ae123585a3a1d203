"""The site as `make run` starts it is in good health, and the doctor says so."""

import json
import os
import subprocess
import sys

from tests.browser.conftest import ROOT, Site
from tests.processes import until

HIDDEN = {"DATABASE_URL", "REDIS_URL", "SITE_URL"}


def examined(site: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """As whoever types it in the folder, who knows no port: it finds the site that runs there."""
    environment = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", *arguments],
        cwd=ROOT,
        env={**environment, "DATA_DIR": str(site.data)},
        capture_output=True,
        check=False,
        text=True,
    )


def test_the_doctor_is_green_where_all_networks_are_played(site: Site) -> None:
    until(lambda: "never rang" not in examined(site, "--json").stdout, what="the clock's first ring")
    done = examined(site, "--json", "--paid", "--send", "admin@example.org")
    findings = json.loads(done.stdout)
    assert [each for each in findings if each["state"] == "broken"] == []
    assert done.returncode == 0
    names = {each["name"]: each["state"] for each in findings}
    assert {state for name, state in names.items() if name not in {"DATA_DIR", "temporary files"}} <= {"ok", "off"}
    for name in ("PostgreSQL", "Redis", "clock", "queue letters", "storage", "mail", "mail sent", "site", "PDF"):
        assert names[name] == "ok"
    for name in ("X", "X, a paid read", "Bluesky", "Jetstream", "Stripe", "prices at Stripe", "webhook of Stripe"):
        assert names[name] == "ok"
