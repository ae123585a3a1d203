"""The words of the bot's answer: a greeting, how many posts, how many minutes. The network's module adds the link.

Nobody else's words are in it, neither title nor name: what stands in a thread could name people, who would then be told
by us, or hold addresses, and the bot would say it. The words differ a little from answer to answer, since X refuses a
post that says what another one said.
"""

import regex

OPENINGS = (
    "Here is your unroll.",
    "Here you are.",
    "The thread on one page:",
    "Unrolled for you.",
    "Easier to read here:",
    "All of it on one page:",
    "There you go.",
    "Your thread is ready.",
)
CLOSINGS = (
    "Enjoy reading!",
    "Happy reading!",
    "Have a good read.",
    "Until next time.",
    "",
    "Have a nice day!",
    "Enjoy!",
)
WAYS = len(OPENINGS) * len(CLOSINGS)
"""To say the same."""
PLAIN_HANDLE = regex.compile(r"[A-Za-z0-9_]{1,30}")
"""One that no network takes for an address or a mention."""


def compose(*, posts: int, minutes: int, most: int, turn: int = 0, handle: str = "") -> str:
    """One line of at most `most` characters. `turn` chooses among the ways to say it; `handle`: who is greeted, where
    that is safe to write."""
    opening, closing = OPENINGS[turn % len(OPENINGS)], CLOSINGS[turn // len(OPENINGS) % len(CLOSINGS)]
    greeting = f"Hi {handle}!" if PLAIN_HANDLE.fullmatch(handle) else ""
    facts = f"{_counted(posts, 'post')}, {minutes} min read."
    wordings = ((greeting, opening, facts, closing), (opening, facts, closing), (opening, facts))
    lines = (" ".join(filter(None, wording)) for wording in wordings)
    return next((line for line in lines if len(line) <= most), facts[:most])


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
