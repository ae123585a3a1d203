"""What can go wrong at Patreon, by what is to be done about it.

PatreonError
├── Away       try again later: no connection, too slow, 5xx, 429, an answer nobody can read
├── Refused    Patreon does not take our keys, or not our request: an operator has to look
├── Missing    there is no such member, or we may not see them
├── Stale      the code a person brought back is not good (any more)
└── Forged     a webhook that Patreon did not sign
"""


class PatreonError(Exception):
    """Says what was asked and what came back; never a key."""


class Away(PatreonError):
    """Later."""


class Refused(PatreonError):
    """Not with these keys."""


class Missing(PatreonError):
    """Not there."""


class Stale(PatreonError):
    """Once, and for a short while."""


class Forged(PatreonError):
    """Not Patreon's."""
