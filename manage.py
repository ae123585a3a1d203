#!/usr/bin/env python
"""Django's command line; what a person can mend is said in a sentence, without a trace."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from unroller import env
from unroller.embedded import EmbeddedError
from unroller.embedded.upgrading import upgrade


def main(arguments: list[str]) -> None:
    """Run one command. The one that upgrades the embedded database comes before the settings, which need it."""
    if arguments[1:] == ["upgrade_postgres"]:
        print(upgrade(env.BASE_DIR / env.text("DATA_DIR", ".data"), say=print))  # noqa: T201
    else:
        execute_from_command_line(arguments)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unroller.settings")
    try:
        main(sys.argv)
    except (EmbeddedError, ImproperlyConfigured) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
