"""`/metrics`: how the site does, in numbers, for Prometheus (docs/monitoring.md says what each one means).

Each part is asked by itself and for a bounded time: when one fails, the others are told, and `unroller_scrape_failed`
says which. What stands in the database and in Redis is the same whichever process is asked; what a process counted
itself (requests, stored pages, its memory) is its own.
"""

import logging
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from django.conf import settings
from django.db import DatabaseError
from prometheus_client import ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from accounts import tallies
from accounts.waiting import patiently, standings
from billing import metrics as of_billing
from unroller import budgets, meters, pages, readiness, store, task_tallies, waiting

MOST_CLOSED = 1_000
"""Hosts of Mastodon are many."""

logger = logging.getLogger(__name__)

Families = Iterable[Metric]


def process() -> Families:
    """What this process counted, and what the system says of it."""
    yield from meters.REGISTRY.collect()
    yield from ProcessCollector(registry=None).collect()
    yield InfoMetricFamily("unroller_release", "What this process runs.", value={"release": pages.release()})


def queues() -> Families:
    """The rows that wait, which are the queues."""
    rows = _gauge("unroller_queue_rows", "Rows that are due and in nobody's hands; 10000: or more.", "queue", "task")
    oldest = _gauge("unroller_queue_oldest_seconds", "For how long the oldest of them is due.", "queue", "task")
    for line, standing in standings(waiting.LINES):
        labels = [readiness.worker_of(line.task), line.task]
        rows.add_metric(labels, standing.rows)
        oldest.add_metric(labels, standing.seconds)
    bounds = _gauge("unroller_queue_bound_seconds", "How long a row may wait before that is too long.", "queue")
    for queue, seconds in readiness.LATE.items():
        bounds.add_metric([queue], seconds)
    yield from (rows, oldest, bounds)


def bells() -> Families:
    """Bells that no worker heard yet."""
    family = _gauge("unroller_bells", "Bells in Redis that no worker took yet.", "queue")
    names = sorted(readiness.LATE)
    with store.client().pipeline(transaction=False) as pipe:
        for name in names:
            pipe.llen(name)
        for name, length in zip(names, pipe.execute(), strict=True):
            family.add_metric([name], length)
    yield family


def networks() -> Families:
    """What the networks allow, and what of it is used."""
    spent = _gauge("unroller_network_spent_posts", "Paid reads of today (UTC).", "network")
    limit = _gauge("unroller_network_limit_posts", "Paid reads that a day may cost.", "network")
    for network in budgets.PAID:
        spent.add_metric([network], budgets.spent_today(network))
        limit.add_metric([network], budgets.daily(network))
    closed = _gauge("unroller_network_closed", "Limits of a network that let nobody pass at the moment.", "network")
    until = _gauge(
        "unroller_network_closed_until_timestamp_seconds", "When the last of them lets somebody pass again.", "network"
    )
    ends: defaultdict[str, list[float]] = defaultdict(list)
    for bucket, end in budgets.closures(MOST_CLOSED):
        ends[bucket.partition(":")[0]].append(end)
    for network, moments in ends.items():
        closed.add_metric([network], len(moments))
        until.add_metric([network], max(moments))
    yield from (spent, limit, closed, until)


def workers() -> Families:
    """What the workers counted, all of them together."""
    told: dict[str, list[tallies.Tally]] = defaultdict(list)
    for tally in tallies.read():
        told[tally.name].append(tally)
    for name, (metric, words, labels) in COUNTED.items():
        family = CounterMetricFamily(metric, words, labels=labels)
        for tally in told[name]:
            family.add_metric(tally.labels, tally.value)
        yield family
    yield _task_seconds(told)
    beat = _gauge("unroller_clock_beat_timestamp_seconds", "When the clock last rang.")
    for tally in told["beat"]:
        beat.add_metric([], tally.value)
    yield beat


def money() -> Families:
    """The machinery of money."""
    with patiently():
        numbers = of_billing.numbers()
    for name, words in of_billing.MEANINGS.items():
        yield _single(f"unroller_billing_{name}", words, numbers[name])


def disk() -> Families:
    """Room where files are made and kept."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    yield _single("unroller_disk_free_bytes", "Free space where DATA_DIR lies.", usage.free)
    yield _single("unroller_disk_size_bytes", "All of it.", usage.total)


COUNTED = {
    "tasks": ("unroller_tasks", "Tasks that ended, by how.", ["task", "outcome"]),
    "fetches": ("unroller_fetches", "Fetches of threads, by network and what came of them.", ["network", "outcome"]),
    "looks": ("unroller_looks", "Looks at followed authors.", ["network", "outcome"]),
    "mail": ("unroller_mail", "Mails, by what the mail server said.", ["kind", "outcome"]),
    "paced": ("unroller_network_paced_seconds", "Time that workers kept their distance.", ["network"]),
}
"""Sums of the workers: the metric, its meaning, its labels."""
PARTS: Mapping[Callable[[], Families], str] = {
    process: "",
    queues: "database",
    bells: "redis",
    networks: "redis",
    workers: "redis",
    money: "database",
    disk: "",
}
"""All parts, and the server without which each is not even asked."""


class Site(Collector):
    """All parts, for one scrape."""

    def collect(self) -> Iterator[Metric]:
        up = _gauge("unroller_server_up", "Whether a server that the site needs answers.", "server")
        failed = _gauge("unroller_scrape_failed", "Whether a part of this page could not be told.", "part")
        away = set()
        for check in (readiness.database(), readiness.redis()):
            up.add_metric([check.name], float(check.ok))
            away |= set() if check.ok else {check.name}
        for part, needs in PARTS.items():
            found = None if needs in away else _told(part)
            failed.add_metric([part.__name__], float(found is None))
            yield from found or ()
        yield from (up, failed)


def exposition() -> bytes:
    """The page, in Prometheus' text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Site())
    return generate_latest(registry)


def _told(part: Callable[[], Families]) -> list[Metric] | None:
    """What a part says; None when it fails."""
    try:
        return list(part())
    except (DatabaseError, store.Unavailable, OSError) as error:
        logger.warning("metrics of %s: %s", part.__name__, error)
        return None


def _task_seconds(told: dict[str, list[tallies.Tally]]) -> Metric:
    """The buckets of a histogram count what is in those below too; the workers' do not."""
    family = HistogramMetricFamily("unroller_task_seconds", "Time that tasks took.", labels=["task"])
    sums = {tally.labels[0]: tally.value for tally in told["task_seconds"]}
    counts: dict[str, dict[str, float]] = defaultdict(dict)
    for tally in told["task_bucket"]:
        counts[tally.labels[0]][tally.labels[1]] = tally.value
    for task, found in counts.items():
        total, buckets = 0.0, []
        for bound in (*map(str, task_tallies.BUCKETS), task_tallies.LONGER):
            total += found.get(bound, 0.0)
            buckets.append((bound, total))
        family.add_metric([task], buckets, sums.get(task, 0.0))
    return family


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, labels=labels)


def _single(name: str, words: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, words, value=value)
