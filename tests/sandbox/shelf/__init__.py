"""The shelf: sample threads written for this project, on all three networks, with links to try.

Every `*.toml` beside this file is one sheet, read by `sheets.py` and planted into the world by `planting.py`.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

from ..finding import find
from ..world import World
from .planting import plant
from .sheets import read_sheet


@dataclass(frozen=True, slots=True)
class Shown:
    """One link to try; `note` says in a few words what is special about it."""

    network: str
    title: str
    url: str
    note: str

    def facts(self) -> dict[str, str]:
        return asdict(self)


def stock(world: World) -> list[Shown]:
    """Plants all sheets, in the order of their names. The addresses of the servers must be known."""
    shown: list[Shown] = []
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        sheet = read_sheet(path)
        links = plant(world, sheet)
        for label, note in sheet.show.items():
            find(world, links[label])
            shown.append(Shown(sheet.network, sheet.title, links[label], note))
    world.shown = [(each.network, each.title, each.url) for each in shown]
    return shown
