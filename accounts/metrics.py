"""What the accounts app has to say of itself to who watches over the site."""

from accounts.actions import closing, letters
from accounts.waiting import Line, line

LINES = (
    line(closing.QUEUE),
    Line("accounts.deliver", letters.waiting, letters.SINCE, ("created_at",)),
)
"""What waits for the workers of this app."""
