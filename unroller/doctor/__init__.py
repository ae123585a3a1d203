"""Looks after everything that a site needs, one line for each thing, with the mend where there is trouble.

A module for each subject; each has `LOOKS`, functions that give a `Finding` for each thing they looked at. Nothing is
changed, no mail is sent and nothing is paid for unless somebody asks for that.
"""

from collections.abc import Iterator

from . import configuration, money, outside, places, post, servers, site, tools, work
from .finding import Finding, Look, broken, in_words

__all__ = ["Finding", "examine"]

LOOKS: tuple[Look, ...] = (
    *configuration.LOOKS,
    *servers.LOOKS,
    *work.LOOKS,
    *places.LOOKS,
    *post.LOOKS,
    *site.LOOKS,
    *tools.LOOKS,
    *outside.LOOKS,
    *money.LOOKS,
)


def examine(*, paid: bool = False, send_to: str = "") -> Iterator[Finding]:
    """Everything, one after another. `paid`: read one post that X charges for. `send_to`: send a mail there."""
    for look in LOOKS:
        yield from _safely(look)
    if paid:
        yield outside.paid_x()
    if send_to:
        yield post.send(send_to)


def _safely(look: Look) -> Iterator[Finding]:
    """What a look finds. One that fails itself does not keep the others from looking."""
    try:
        yield from look()
    except Exception as error:
        name = look.__name__.strip("_").replace("_", " ")
        yield broken(name, in_words(error), "Mend what is said above first; else it is a fault of ours: report it.")
