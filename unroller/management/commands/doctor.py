"""`manage.py doctor`: one line for each thing that the site needs, and the mend where there is trouble."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from unroller import doctor
from unroller.doctor import Finding


class Command(BaseCommand):
    """Exits with 1 where anything is broken."""

    help = "Look after settings, servers, queues, disks, mail, networks and money: one line each, with the mend."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="a list for programs")
        parser.add_argument("--paid", action="store_true", help="read one post of X too, which X charges for")
        parser.add_argument("--send", metavar="ADDRESS", default="", help="send a mail there")

    def handle(self, *, paid: bool, send: str, **options: Any) -> None:
        found = []
        for finding in doctor.examine(paid=paid, send_to=send):
            found.append(finding)
            if not options["json"]:
                self._say(finding)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
        worst = [finding.name for finding in found if finding.state == "broken"]
        if worst:
            raise CommandError(f"Broken: {', '.join(worst)}")

    def _say(self, finding: Finding) -> None:
        style = {"ok": self.style.SUCCESS, "warning": self.style.WARNING, "broken": self.style.ERROR}
        state = style.get(finding.state, str)(f"{finding.state:8}")
        self.stdout.write(f"{state} {finding.name}: {finding.sentence}.")
        if finding.mend:
            self.stdout.write(f"         → {finding.mend}")
