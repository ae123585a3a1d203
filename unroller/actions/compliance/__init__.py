"""What networks took away is taken away here, within a day."""

from datetime import timedelta

PROMISED = timedelta(hours=24)
"""What networks took away is gone here within this time; the pages about the site say so."""
EVERY = PROMISED - timedelta(hours=4)
"""Everything is looked at once in this time: the rest is left for networks to answer and for us to act."""
