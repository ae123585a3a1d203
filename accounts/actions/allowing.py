"""Operators change limits while the site runs: for everybody or for one visitor. Deleted, the code's number is back."""

from typing import NamedTuple

from accounts import limits
from accounts.models import Allowance

MOST = 1_000_000
PLANS = ("free", "premium")
NETWORKS = ("bluesky", "mastodon", "x")


class Knob(NamedTuple):
    """What may be changed: its name, what it means, the number of the code or 0 where settings or networks say, what it
    may be at most, and whether one visitor may have another number than everybody."""

    name: str
    about: str
    default: int
    most: int = MOST
    of_one: bool = True


class CannotAllow(ValueError):
    """What is wrong, as a sentence for the operator."""


def knobs() -> dict[str, Knob]:
    """Everything that may be changed, by name."""
    found = [each for each in vars(limits).values() if isinstance(each, limits.Limit)]
    rows = [Knob(each.name, str(each.item), each.item.amount, each.most or MOST, each.most is None) for each in found]
    rows.append(Knob(limits.UNROLL, "new unrolls per hour of one visitor", 0))
    rows += [Knob(f"unrolls-{plan}", "new unrolls per hour with this plan", 0, of_one=False) for plan in PLANS]
    rows += [Knob(f"pace-{key}", "calls per minute of one kind, at most", 0, 600, of_one=False) for key in NETWORKS]
    rows.append(Knob("budget-x", "posts of X that are paid for in a day", 0, of_one=False))
    return {row.name: row for row in sorted(rows)}


def checked(name: str, who: str, amount: int) -> None:
    """Raises CannotAllow for a number that may not be."""
    knob = knobs().get(name)
    if knob is None:
        raise CannotAllow("There is no such limit.")
    if amount < 1:
        raise CannotAllow("A limit is 1 at least. To keep somebody out, ban them.")
    if amount > knob.most:
        raise CannotAllow(f"This may be {knob.most} at most.")
    if who and not knob.of_one:
        raise CannotAllow("This is one number for everybody.")
    if not who and name == limits.UNROLL:
        raise CannotAllow("For everybody, change the number of the plan: unrolls-free or unrolls-premium.")


def save(row: Allowance) -> None:
    """Order a number, which holds within seconds. Raises CannotAllow."""
    row.who = limits.visitor(row.who)
    checked(row.name, row.who, row.amount)
    row.save()
    limits.BOARD.changed()


def set_back(row: Allowance) -> None:
    """Let the code's number hold again."""
    Allowance.objects.filter(pk=row.pk).delete()
    limits.BOARD.changed()
