"""How far what is here is held against its networks, for operators."""

from typing import Any

from django.core.management.base import BaseCommand

from unroller import compliance_standing
from unroller.compliance_standing import Standing
from unroller.core.errors import NotConfigured
from unroller.models import Sweep


class Command(BaseCommand):
    """`manage.py compliance`. Only reads; asks no network."""

    help = "Say of each network how many threads are held, which are due to be looked at, and what vanished."

    def handle(self, *_: Any, **__: Any) -> str:
        return "\n\n".join("\n".join(lines(standing)) for standing in compliance_standing.standings())


def lines(standing: Standing) -> list[str]:
    """What there is to say of one network."""
    oldest = f"{standing.oldest:%Y-%m-%d %H:%M} UTC" if standing.oldest else "none"
    said = [
        f"{standing.source.label}: {standing.held:,} threads held",
        f"  due           {standing.due:,}, of them never looked at {standing.never:,}; next or oldest look {oldest}",
        f"  to be done    {standing.waiting:,}",
    ]
    said += [_look(look) for look in standing.looks]
    for (reason, outcome), count in sorted(standing.vanished.items()):
        said.append(f"  30 days       {reason}: {outcome} {count:,}")
    return said


def _look(look: Sweep) -> str:
    if look.look == Sweep.Look.STREAM:
        return _stream(look)
    ended = f"{look.ended_at:%Y-%m-%d %H:%M} UTC" if look.ended_at else "not yet"
    trouble = f"; trouble: {look.error}, {look.failures:,} in a row" if look.error else ""
    return f"  last round    {ended}{trouble}"


def _stream(look: Sweep) -> str:
    if look.error == NotConfigured.__name__:
        return "  stream        off; the rounds alone ask what is gone"
    heard = f"heard up to {look.ended_at:%Y-%m-%d %H:%M} UTC" if look.ended_at else "not heard yet"
    trouble = f"; trouble: {look.error}, {look.failures:,} in a row; the rounds go on" if look.error else ""
    return f"  stream        {heard}{trouble}"
