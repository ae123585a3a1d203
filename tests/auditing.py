"""`python -m tests.auditing`: asks whether a weakness is known of anything installed here or by a site (pip-audit).

A finding ends `make check`. A service that cannot be reached does not: it is said in capitals, since whoever works
offline must not be kept from it, and nobody must take silence for safety.
"""

import json
import subprocess
import sys

SECONDS = 120
AWAY = "The service that knows of weaknesses could not be reached, or does not know them."
ASK = (sys.executable, "-m", "pip_audit", "--timeout", "5", "--format", "json", "--progress-spinner", "off")
ASKED = {
    "Installed here": ("--local",),
    "What a site installs": ("--disable-pip", "--require-hashes", "--requirement", "packaging/requirements.lock"),
}


def verdict(said: str) -> tuple[int, str]:
    """An exit status and a sentence for what pip-audit printed, which is nothing where it asked in vain.

    What the service does not know is skipped by pip-audit, which then calls all of it well: here it counts as unasked.
    """
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return 0, f"NOT AUDITED: {AWAY}"
    found = [
        f"{package['name']} {package.get('version', '')}: {weakness['id']}"
        for package in packages
        for weakness in package.get("vulns", ())
    ]
    if found:
        return 1, "Known weaknesses:\n  " + "\n  ".join(found)
    unasked = [package["name"] for package in packages if "skip_reason" in package]
    if unasked:
        return 0, f"NOT AUDITED: {len(unasked)} of {len(packages)} packages. {AWAY}"
    return 0, f"No known weakness in {len(packages)} packages."


def main() -> int:
    """Ask, and say."""
    worst = 0
    for what, options in ASKED.items():
        try:
            run = subprocess.run((*ASK, *options), capture_output=True, text=True, timeout=SECONDS, check=False)
            status, sentence = verdict(run.stdout)
        except subprocess.TimeoutExpired:
            status, sentence = verdict("")
        print(f"{what}: {sentence}")
        worst = max(worst, status)
    return worst


if __name__ == "__main__":
    sys.exit(main())
