"""What one web process counts in its own memory; every process is asked for it by itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from accounts import security

REGISTRY = CollectorRegistry(auto_describe=False)
REGISTRY.register(security.COUNTED)
REQUESTS = Counter(
    "unroller_http_requests",
    "Requests that Django answered, by view, method and class of status.",
    ["view", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "unroller_http_request_seconds",
    "Time that Django took to answer, by view.",
    ["view"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
_PAGES = Counter(
    "unroller_stored_pages",
    "Requests for pages that may be stored, by whether one was.",
    ["outcome"],
    registry=REGISTRY,
)
HIT, MISS = _PAGES.labels("hit"), _PAGES.labels("miss")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def note_request(*, view: str, method: str, status: int, seconds: float) -> None:
    """One answer of Django's. A method that nobody knows is no label of its own."""
    REQUESTS.labels(view, method if method in METHODS else "other", f"{status // 100}xx").inc()
    SECONDS.labels(view).observe(seconds)
