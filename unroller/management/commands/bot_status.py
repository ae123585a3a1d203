"""How the bot fares on each network, for operators."""

from typing import Any

from django.core.management.base import BaseCommand

from unroller import bot_standing
from unroller.bot_standing import Done, Standing


class Command(BaseCommand):
    """`manage.py bot_status`. Only reads; asks no network."""

    help = "Say on which networks the bot is on, what waits, what it answered, and what that cost."

    def handle(self, *_: Any, **__: Any) -> str:
        return "\n\n".join("\n".join(lines(standing)) for standing in bot_standing.standings())


def lines(standing: Standing) -> list[str]:
    """What there is to say of one network."""
    account = standing.account
    if standing.missing:
        return [f"{standing.source.label}: off. Missing: {', '.join(standing.missing)} (docs/bot.md)"]
    said = [
        f"{standing.source.label}: on",
        f"  signed in as  {f'@{account.handle}' if account and account.handle else 'not yet'}",
        f"  last look     {_looked(standing)}",
        f"  waiting       {standing.waiting:,}",
        f"  today         {_done(standing.today)}",
        f"  30 days       {_done(standing.month)}",
    ]
    if standing.silent:
        said.append(f"  kept silent   {_counted(standing.silent)}")
    if standing.failed:
        said.append(f"  failed        {_counted(standing.failed)}")
    if standing.error:
        said.append(f"  trouble       {standing.error}")
    return said


def _looked(standing: Standing) -> str:
    account = standing.account
    return f"{account.looked_at:%Y-%m-%d %H:%M:%S} UTC" if account and account.looked_at else "not yet"


def _done(done: Done) -> str:
    return f"{done.answers:,} answered, {done.mentions:,} mentions read in {done.looks:,} looks, {_price(done.micros)}"


def _price(micros: int) -> str:
    return f"${micros / 1_000_000:,.3f}"


def _counted(reasons: dict[str, int]) -> str:
    return ", ".join(f"{reason} {count:,}" for reason, count in reasons.items())
