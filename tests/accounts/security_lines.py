"""The log of what concerns security, as tests read it."""

import json
import logging
from typing import Any

import pytest

from unroller import logs


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """Every line so far as JSON, without what all lines have; the list begins anew."""
    form = logs.Json()
    found = [json.loads(form.format(each)) for each in caplog.records if each.name == "accounts.security"]
    caplog.clear()
    return [{name: line[name] for name in ("level", *logs.SECURITY) if name in line} for line in found]


def named(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The events alone."""
    return [line["security"] for line in lines(caplog)]


def text(caplog: pytest.LogCaptureFixture, form: logging.Formatter) -> str:
    """All that was written down, whoever wrote it."""
    return "\n".join(form.format(each) for each in caplog.records)
