"""The tasks that workers know, as bells call them. `python -m tests.deploying.tasks` writes down those of a release."""

import inspect
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

RELEASED = Path(__file__).with_name("tasks.json")
"""The tasks of the last release (of this tree, until there is one), each with the names of its arguments; `=` follows
one that may be left out."""


def registered() -> dict[str, Callable[..., Any]]:
    """Our tasks of today by name."""
    from unroller.celery import app  # noqa: PLC0415  (settings are read first where this is the program)

    app.loader.import_default_modules()
    return {
        name: task.run
        for name, task in app.tasks.items()
        if name.partition(".")[0] in {"unroller", "accounts", "billing"}
    }


def shape(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments."""
    parameters = inspect.signature(function).parameters.values()
    return [each.name if each.default is each.empty else f"{each.name}=" for each in parameters]


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")
    django.setup()
    shapes = {name: shape(function) for name, function in sorted(registered().items())}
    RELEASED.write_text(json.dumps(shapes, indent=1) + "\n")
