"""Runs the sandbox with its shelf: `python -m tests.sandbox --data DIR [--with-parent]`."""

import argparse
import ctypes
import json
import os
import signal
import sys
import threading
from pathlib import Path

from .server import Sandbox
from .shelf import Shown, stock
from .world import World

PORTS_FILE = "sandbox-ports.json"
STATE_FILE = "sandbox.json"
PR_SET_PDEATHSIG = 1
LOOK_EVERY = 1.0
PATRONS = ("Mina Falk", "Tomás Rey", "Nobody In Particular")
"""Who can be connected at the pretend Patreon."""

TITLES = {
    "x": "X API",
    "x_site": "X, its sign-in page",
    "x_store": "X, where lists go and come from",
    "appview": "Bluesky AppView",
    "plc": "Bluesky PLC directory",
    "pds": "Bluesky data server",
    "jetstream": "Bluesky, as it happens",
    "mastodon_one": "Mastodon, host one",
    "mastodon_two": "Mastodon, host two",
    "media": "pictures and films",
    "stripe": "Stripe, and its panel",
    "patreon": "Patreon, and its levers",
    "readwise": "Readwise",
    "receiver": "a receiver of webhooks",
    "blog": "blogs to publish to",
    "mail": "mail that arrived",
    "smtp": "SMTP server",
    "stage": "a stage for the bot",
}


def main() -> int:
    options = read_options()
    parent = os.getppid()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    if options.with_parent:
        die_with_parent()
    world = World()
    options.data.mkdir(parents=True, exist_ok=True)
    sandbox = open_sandbox(world, options.data)
    shown = stock(world)
    for name in PATRONS:
        world.patreon.person(name)
    try:
        with sandbox:
            write_state(options.data, sandbox, shown)
            if not options.with_parent:
                announce(sandbox, shown)
            while not ended.wait(LOOK_EVERY):
                if options.with_parent and os.getppid() != parent:
                    break
    finally:
        remove_state(options.data)
    return 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder for sandbox.json and the kept ports")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent process ends")
    return parser.parse_args()


def die_with_parent() -> None:
    """Asks the kernel for a TERM when the parent ends; elsewhere than on Linux the loop looks for itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def open_sandbox(world: World, data: Path) -> Sandbox:
    """Takes the ports of the last time, so that links stay good; a port that is taken is replaced."""
    sandbox = Sandbox(world, read_ports(data / PORTS_FILE))
    write_whole(data / PORTS_FILE, sandbox.ports())
    return sandbox


def read_ports(path: Path) -> dict[str, int]:
    try:
        ports = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int)}


def write_state(data: Path, sandbox: Sandbox, shown: list[Shown]) -> None:
    links = [each.facts() for each in shown]
    pages = {name: sandbox.urls()[name] for name in ("mail", "stripe", "stage", "blog")}
    site = {"SITE_URL": os.environ["SITE_URL"]} if os.environ.get("SITE_URL") else {}  # commands find the site as well
    state = {"pid": os.getpid(), "env": {**sandbox.env(), **site}, "links": links, **pages}
    write_whole(data / STATE_FILE, state)


def write_whole(path: Path, content: object) -> None:
    """Readers see the old file or the new one, never a part."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(content, ensure_ascii=False, indent=1))
    beside.replace(path)


def remove_state(data: Path) -> None:
    """Removes the state file, unless another sandbox has written its own since."""
    path = data / STATE_FILE
    try:
        if json.loads(path.read_text())["pid"] == os.getpid():
            path.unlink()
    except (OSError, ValueError, KeyError):
        return


def announce(sandbox: Sandbox, shown: list[Shown]) -> None:
    for name, url in sandbox.urls().items():
        print(f"{TITLES[name]:<22} {url}")
    for each in shown:
        print(f"{each.network:<9} {each.url}  {each.title}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
