"""What is written to standard output: one line for each thing, for people or as JSON, with the number of the request
that led to it and without secrets."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

from unroller import env
from unroller.redacting import Redactor

REQUEST = ("method", "path", "view", "status", "seconds")
SECURITY = ("security", "person", "way", "why", "view", "limit", "sessions", "number", "scope")
EXTRA = tuple({**dict.fromkeys(REQUEST), **dict.fromkeys(SECURITY)})
"""What a line about a request, or about what concerns security, says beside its words."""
FIRST = ("time", "level", "logger", "event", "request_id", "task", "task_id")
LEFT_OUT = frozenset({"own_request"})  # task_numbers.OWN
QUIET = {
    "httpx": "WARNING",
    "httpcore": "WARNING",
    "stripe": "WARNING",  # else it writes paths with session ids, which open payment pages
    "django.request": "ERROR",
    "accounts.security": "INFO",  # also where LOG_LEVEL leaves out all that went well
}


CONTROLS = {number: f"\\x{number:02x}" for number in (*range(32), *range(127, 160))} | {
    number: f"\\u{number:04x}" for number in (0x2028, 0x2029)
}
"""What would begin another line, or speak to a terminal: strangers choose the paths that they ask for."""


class Line(logging.Formatter):
    """For people: time, level, logger, words, and in brackets whose request it belongs to. Only tracebacks have lines
    of their own."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")
        self._redactor = Redactor(env.secrets_of_this_site())

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        number = structlog.contextvars.get_contextvars().get("request_id")
        return super().formatMessage(record).translate(CONTROLS) + (f" [{number}]" if number else "")

    def format(self, record: logging.LogRecord) -> str:
        return self._redactor.text(super().format(record))


class Json(ProcessorFormatter):
    """For programs: one object a line. Times are UTC, as RFC 3339 has them."""

    def __init__(self) -> None:
        self._redactor = Redactor(env.secrets_of_this_site())
        before: tuple[Processor, ...] = (
            structlog.contextvars.merge_contextvars,
            add_log_level,
            add_logger_name,
            ExtraAdder(EXTRA),
            _time,
            structlog.processors.format_exc_info,
        )
        super().__init__(
            foreign_pre_chain=before,
            processors=[ProcessorFormatter.remove_processors_meta, self._redact, _ordered, _written],
        )

    def _redact(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {name: self._redactor.value(value, name) for name, value in event.items() if name not in LEFT_OUT}


def configuration(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING. `form`: line or json."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": Line}, "json": {"()": Json}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": form}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {**{name: {"level": least} for name, least in QUIET.items()}, **_of_the_server(form)},
    }


def _of_the_server(form: str) -> dict[str, Any]:
    """Granian writes through handlers of its own; as JSON its lines go the way of all others."""
    if form != "json":
        return {}
    return {name: {"handlers": ["stdout"], "propagate": False} for name in ("_granian", "granian.access")}


def _time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    moment = datetime.fromtimestamp(record.created, UTC)
    return {**event, "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")}


def _ordered(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: event[name] for name in FIRST if name in event} | dict(event)


def _written(_: WrappedLogger, __: str, event: EventDict) -> str:
    return json.dumps(event, ensure_ascii=False, default=str)
