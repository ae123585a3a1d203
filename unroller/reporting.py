"""Faults, reported to a Sentry of the operator's choice. Imported only where SENTRY_DSN is set.

A report names the place in the code and the number of the request. It holds no values of variables, no bodies, no
cookies and no queries, nobody's address or account, and what is left goes through the same nets as the log.
"""

from typing import TYPE_CHECKING, Any

import sentry_sdk
import structlog
from django.conf import settings
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration

from unroller import env, pages
from unroller.redacting import Redactor

if TYPE_CHECKING:
    from sentry_sdk.types import Event, Hint

LEFT_OUT = frozenset({"cookies", "data", "env", "headers", "query_string"})
"""Parts of a request that say who asked for what; headers of proxies hold visitors' addresses, under many names."""
TOLD = ("request_id", "task", "task_id")


def begin() -> None:
    """Report from now on what is logged as an error, and what a request or a task ends with."""
    redactor = Redactor(env.secrets_of_this_site(), nobody=True)
    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=pages.release(),
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        auto_enabling_integrations=False,
        integrations=[DjangoIntegration(), CeleryIntegration(propagate_traces=False)],
        trace_propagation_targets=[],
        before_send=lambda event, hint: scrubbed(event, hint, redactor=redactor),
    )


def scrubbed(event: "Event", hint: "Hint", *, redactor: Redactor) -> "Event":
    """The report as it may leave this site."""
    known = structlog.contextvars.get_contextvars()
    event["tags"] = {**event.get("tags", {}), **{name: known[name] for name in TOLD if name in known}}
    if "request" in event:
        event["request"] = {name: value for name, value in event["request"].items() if name not in LEFT_OUT}
    event.pop("user", None)
    found: Any = redactor.value(event)
    return found  # type: ignore[no-any-return]
