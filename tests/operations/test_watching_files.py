"""The alert rules, the dashboard and docs/monitoring.md speak of what /metrics really offers, and of all of it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.security import Event
from unroller.metrics import COUNTED
from unroller.readiness import LATE
from unroller.views.numbering import PROBES

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = (ROOT / "packaging" / "prometheus" / "alerts.yml").read_text()
BOARD = (ROOT / "packaging" / "grafana" / "dashboard.json").read_text()
DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text()
METRIC = re.compile(r"\b(?:unroller|process)_[a-z0-9_]+")


@pytest.fixture
def offered(client: Client, db: None) -> set[str]:
    """Every name of a series, also of those that have no sample yet."""
    text = client.get("/metrics").content.decode()
    names: set[str] = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return {name for name in names if not name.endswith("_created")}


def expressions() -> Iterator[str]:
    """What the dashboard asks Prometheus."""
    for panel in json.loads(BOARD)["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]


def rules() -> list[str]:
    return re.split(r"^      - alert: ", RULES, flags=re.MULTILINE)[1:]


def test_the_rules_use_what_there_is(offered: set[str]) -> None:
    used = set(METRIC.findall(RULES))
    assert len(used) > 15
    assert used <= offered


def test_the_dashboard_uses_what_there_is(offered: set[str]) -> None:
    used = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(used) > 20
    assert used <= offered


def test_the_document_explains_every_metric_and_no_other(offered: set[str]) -> None:
    ours = {re.sub(r"_(bucket|sum|count)$", "", name) for name in offered if name.startswith("unroller_")}
    explained = re.findall(r"^\| `(unroller_[a-z0-9_]+)`", DOCUMENT, re.MULTILINE)
    assert sorted(explained) == sorted(ours)


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    assert len(rules()) > 10
    for rule in rules():
        for word in ("expr: ", "severity: ", "summary: ", "description: ", "action: "):
            assert word in rule, rule.splitlines()[0]


def test_the_document_says_what_each_alert_means() -> None:
    names = [rule.splitlines()[0] for rule in rules()]
    assert re.findall(r"^\| `(Unroller\w+)` \|", DOCUMENT, re.MULTILINE) == names


def test_the_document_says_how_long_each_queue_may_wait() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) seconds \|", DOCUMENT, re.MULTILINE)
    assert {name: int(seconds.replace(",", "")) for name, seconds in rows} == LATE


def test_panels_are_whole() -> None:
    board: dict[str, Any] = json.loads(BOARD)
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))
    assert all(panel["title"] for panel in board["panels"])


def test_what_all_web_processes_tell_alike_is_not_added_up() -> None:
    of_workers = "|".join(metric for metric, *_ in COUNTED.values())
    assert re.findall(rf"sum(?: by \([^)]*\))? \((?:rate|increase)\((?:{of_workers})_total", RULES + BOARD) == []


def test_a_quiet_site_is_not_measured_by_its_probes() -> None:
    assert {"healthz", "readyz", "metrics"} == PROBES
    told = {rule.splitlines()[0]: rule for rule in rules()}
    for name in ("UnrollerPagesFail", "UnrollerPagesSlow"):
        expression = told[name].partition("labels:")[0]
        series = re.findall(r"unroller_http_request\w+\{?([^\[]*)\[", expression)
        assert series
        assert all('view!~"healthz|readyz|metrics"' in each for each in series)


def test_what_never_happened_is_no_reason_for_silence() -> None:
    told = {rule.splitlines()[0]: rule for rule in rules()}
    assert "absent(unroller_clock_beat_timestamp_seconds)" in told["UnrollerClockStopped"]
    assert 'outcome="sent"}[15m])) or 0 *' in told["UnrollerMailFails"]
    assert 'or absent(up{job="unroller"})' in told["UnrollerWebGone"]
    assert "max(unroller_billing_reconciled_seconds offset 36h) < 0" in told["UnrollerReconciliationMissing"]


def test_the_document_says_every_event_of_security_and_no_other() -> None:
    table = DOCUMENT.partition("### What concerns security")[2].partition("### Secrets")[0]
    named = [
        name for row in re.findall(r"^\| (`[^|]*`) \|", table, re.MULTILINE) for name in re.findall(r"`([\w-]+)`", row)
    ]
    assert sorted(named) == sorted([*Event, "security"])
