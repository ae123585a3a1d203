"""Prometheus's own program reads the alert rules and the dashboard, and each alert fires and ends when it should."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.missing import program
from tests.operations.test_watching_files import ROOT, expressions, rules

RULES = ROOT / "packaging" / "prometheus" / "alerts.yml"
MINUTES = 200
"""So long something is wrong, and then right for as long."""
LONGER = {"UnrollerReconciliationMissing": 3_000}


def gauge(wrong: float, right: float) -> str:
    return f"{wrong}x{{0}} {right}x{{0}}"


def counter(wrong: int, right: int) -> str:
    """So many more each minute."""
    return f"0+{wrong}x{{0}} {{1}}+{right}x{{0}}".replace("{1}", str(wrong * MINUTES))


CASES: dict[str, dict[str, str]] = {
    "UnrollerWebGone": {'up{job="unroller", instance="a"}': gauge(0, 1)},
    "UnrollerDatabaseAway": {'unroller_server_up{server="database"}': gauge(0, 1)},
    "UnrollerRedisAway": {'unroller_server_up{server="redis"}': gauge(0, 1)},
    "UnrollerClockStopped": {
        "unroller_clock_beat_timestamp_seconds": f"0x{MINUTES} {60 * (MINUTES + 1)}+60x{MINUTES}",
        'unroller_server_up{server="redis"}': gauge(1, 1),
    },
    "UnrollerQueueLate": {
        'unroller_queue_oldest_seconds{queue="fetch", task="unroller.fetch"}': gauge(301, 5),
        'unroller_queue_oldest_seconds{queue="export", task="unroller.file"}': gauge(301, 301),
        'unroller_queue_oldest_seconds{queue="slow", task="unroller.fetch_slowly"}': gauge(9_999, 9_999),
        'unroller_queue_bound_seconds{queue="slow"}': gauge(3_600, 3_600),
        'unroller_queue_bound_seconds{queue="fetch"}': gauge(300, 300),
        'unroller_queue_bound_seconds{queue="export"}': gauge(900, 900),
    },
    "UnrollerSlowQueueLate": {
        'unroller_queue_oldest_seconds{queue="slow", task="unroller.fetch_slowly"}': gauge(3_601, 5),
        'unroller_queue_oldest_seconds{queue="fetch", task="unroller.fetch"}': gauge(3_601, 3_601),
        'unroller_queue_bound_seconds{queue="slow"}': gauge(3_600, 3_600),
        'unroller_queue_bound_seconds{queue="fetch"}': gauge(3_600, 3_600),
    },
    "UnrollerBellsPileUp": {'unroller_bells{queue="fetch"}': gauge(6_000, 10)},
    "UnrollerPagesFail": {
        'unroller_http_requests_total{status="5xx", view="home"}': counter(5, 1),
        'unroller_http_requests_total{status="2xx", view="home"}': counter(95, 99),
        'unroller_http_requests_total{status="2xx", view="healthz"}': counter(9_000, 0),
        'unroller_http_requests_total{status="5xx", view="readyz"}': counter(0, 9_000),
    },
    "UnrollerPagesSlow": {
        'unroller_http_request_seconds_bucket{view="home", le="1"}': counter(10, 100),
        'unroller_http_request_seconds_bucket{view="home", le="5"}': counter(100, 100),
        'unroller_http_request_seconds_bucket{view="home", le="+Inf"}': counter(100, 100),
    },
    "UnrollerStoredPagesMiss": {
        'unroller_stored_pages_total{outcome="hit"}': counter(100, 900),
        'unroller_stored_pages_total{outcome="miss"}': counter(900, 100),
    },
    "UnrollerFetchesFail": {
        'unroller_fetches_total{network="x", outcome="Unreachable"}': counter(3, 1),
        'unroller_fetches_total{network="x", outcome="later-OutOfTime"}': counter(3, 0),
        'unroller_fetches_total{network="x", outcome="left"}': counter(9, 1),
        'unroller_fetches_total{network="x", outcome="done"}': counter(4, 9),
    },
    "UnrollerNetworkBudgetLow": {
        'unroller_network_spent_posts{network="x"}': gauge(95, 5),
        'unroller_network_limit_posts{network="x"}': gauge(100, 100),
    },
    "UnrollerSignInsFail": {
        'unroller_security_events_total{event="sign-in-failed"}': counter(5, 1),
        'unroller_security_events_total{event="signed-in"}': counter(1, 1),
    },
    "UnrollerSecondFactorFails": {'unroller_security_events_total{event="second-factor-failed"}': counter(1, 0)},
    "UnrollerMailFails": {'unroller_mail_total{kind="letter", outcome="away"}': counter(1, 0)},
    "UnrollerTasksFail": {'unroller_tasks_total{task="unroller.fetch", outcome="failure"}': counter(1, 0)},
    "UnrollerMoneyWaits": {
        "unroller_billing_inbox_age_seconds": gauge(0, 0),
        "unroller_billing_open_call_age_seconds": gauge(3_601, 0),
    },
    "UnrollerMoneyDrifts": {"unroller_billing_drift": gauge(0, 0), "unroller_billing_open_alerts": gauge(1, 0)},
    "UnrollerReconciliationMissing": {"unroller_billing_reconciled_seconds": gauge(-1, 60)},
    "UnrollerDiskFull": {
        'unroller_disk_free_bytes{instance="a"}': gauge(5, 50),
        'unroller_disk_free_bytes{instance="b"}': gauge(50, 50),
        'unroller_disk_size_bytes{instance="a"}': gauge(100, 100),
        'unroller_disk_size_bytes{instance="b"}': gauge(100, 100),
    },
    "UnrollerMetricsIncomplete": {'unroller_scrape_failed{part="queues"}': gauge(1, 0)},
}
"""What is told while an alert's trouble lasts, and afterwards."""


@pytest.fixture
def promtool() -> str:
    return program("promtool", untested="that alerts fire")


def asked(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def tried(name: str) -> dict[str, object]:
    """One alert's trouble as `promtool test rules` wants it."""
    minutes = LONGER.get(name, MINUTES)
    firing = f'count by (alertname) (ALERTS{{alertname="{name}", alertstate="firing"}})'
    once = [{"labels": f'{{alertname="{name}"}}', "value": 1}]
    series = [{"series": each, "values": values.format(minutes)} for each, values in CASES[name].items()]
    looks = [("0m", []), (f"{minutes}m", once), (f"{2 * minutes}m", [])]
    questions = [{"expr": firing, "eval_time": moment, "exp_samples": samples} for moment, samples in looks]
    # Without `for` it fires in the first moment.
    waits = "\n        for: " in next(rule for rule in rules() if rule.startswith(name))
    return {"interval": "1m", "input_series": series, "promql_expr_test": questions if waits else questions[1:]}


def test_every_alert_is_tried() -> None:
    assert [rule.splitlines()[0] for rule in rules()] == list(CASES)


def test_each_alert_fires_for_its_trouble_alone_and_ends_with_it(promtool: str, tmp_path: Path) -> None:
    tests = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [tried(name) for name in CASES]}
    (tmp_path / "tests.yml").write_text(json.dumps(tests))
    status, said = asked(promtool, "test", "rules", str(tmp_path / "tests.yml"))
    assert status == 0, said


def test_prometheus_can_read_the_rules_and_its_example(promtool: str) -> None:
    for command in (
        ["check", "rules", str(RULES)],
        ["check", "config", "--syntax-only", str(RULES.with_name("prometheus.yml"))],
    ):
        status, said = asked(promtool, *command)
        assert status == 0, said


def test_prometheus_can_read_whatever_the_dashboard_asks(promtool: str, tmp_path: Path) -> None:
    questions = list(expressions())
    assert len(questions) > 20
    for extra, works in ([], True), (["sum(rate(unroller_bells)"], False):
        named = [{"record": f"panel:{each}", "expr": text} for each, text in enumerate([*questions, *extra])]
        (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "dashboard", "rules": named}]}))
        status, said = asked(promtool, "check", "rules", str(tmp_path / "rules.yml"))
        assert (status == 0) is works, said
