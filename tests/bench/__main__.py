"""`make bench`: every measurement, one line each: `name: value unit (ratio to REFERENCE)`."""

import os
import sys
from pathlib import Path

from unroller import embedded

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / ".data" / "bench"


def prepare() -> None:
    """Own servers and data, and settings that point there; then Django and its tables."""
    servers = embedded.ensure(DATA)
    os.environ |= {
        "ENV_FILE": "",
        "DATA_DIR": str(DATA),
        "DATABASE_URL": servers.database_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": "only for measurements",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "unroller.settings",
    }


def main(wanted: list[str]) -> None:
    """Run the measurements whose names are given; all of them without names."""
    prepare()
    from django.core.management import call_command, execute_from_command_line  # noqa: PLC0415  (reads the settings)

    execute_from_command_line(["manage.py", "migrate", "--verbosity", "0"])
    call_command("flush", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from unroller import store  # noqa: PLC0415  (reads the settings)

    store.client().flushdb()
    from tests.bench import (  # noqa: PLC0415  (needs Django to be ready)
        archive,
        assembling,
        backups,
        bot,
        crowd,
        endurance,
        epub,
        fanout,
        flood,
        library,
        mails,
        memory,
        network,
        page,
        pdf,
        polling,
        readers,
        reconcile,
        rush,
        search,
        storm,
        webhooks,
    )

    for module in (
        *(assembling, archive, network, page, pdf, epub, library, search),
        *(fanout, mails, polling, bot, webhooks, reconcile, memory, backups),
        *(readers, rush, storm, crowd, flood, endurance),
    ):
        if not wanted or module.__name__.rpartition(".")[2] in wanted:
            for line in module.measure():
                print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
