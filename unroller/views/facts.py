"""What the pages about terms and privacy say in numbers and names: read from the code and the settings, never typed."""

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings

from accounts.actions import closing, letters
from billing import inbox
from billing import links as money_links
from unroller.actions import (
    cases,
    contact,
    counting,
    data_exports,
    deliveries,
    file_gifts,
    jobs,
    keeping,
    library_exports,
    lookups,
    notifying,
    parcels,
    practicing,
    private_links,
    proving,
    thread_files,
)
from unroller.actions.archives import receiving
from unroller.actions.bot import working
from unroller.exports.wording import counted

MAIL_PROVIDERS = {
    "brevo": "Brevo",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "postmark": "Postmark",
    "resend": "Resend",
    "sparkpost": "SparkPost",
}


class Kept(NamedTuple):
    """Something that is kept, for how long, and what it is kept for."""

    what: str
    how_long: timedelta
    why: str

    @property
    def time(self) -> str:
        """In whole days, as all of it is, on one line."""
        return counted(self.how_long.days, "day").replace(" ", "\N{NO-BREAK SPACE}")


class Processor(NamedTuple):
    """Somebody who handles readers' data for this site, and which."""

    name: str
    what: str


KEPT = {
    "requests": Kept("What was asked to be unrolled", jobs.KEPT, "to find out what went wrong when it did"),
    "mentions": Kept(
        "That you asked the bot (your handle, your post until it is answered)",
        working.KEPT,
        "to answer once, and show you your requests",
    ),
    "claims": Kept(
        "A claim of a profile, and what an author asked for, after its end", proving.KEPT, "to settle what is disputed"
    ),
    "archives": Kept(
        "A zip from X that was not sent to its end (others are deleted once read)",
        receiving.KEPT_UNFINISHED,
        "so that you can go on",
    ),
    "lookups": Kept("Authors you looked for", lookups.KEPT, "to show you who was found"),
    "told": Kept("That you were told of a thread", notifying.KEPT, "so that you are not told twice"),
    "letters": Kept("That a letter was sent to you (not its words)", letters.KEPT, "to find letters that got lost"),
    "files": Kept("PDF and EPUB that nobody takes any more", thread_files.KEPT, "so that they need not be made twice"),
    "own_data": Kept("The file with your own data", data_exports.KEPT, "so that you can fetch it"),
    "libraries": Kept("Libraries as files", library_exports.KEPT, "so that you can fetch them"),
    "copies": Kept("Copies of pictures after a membership", keeping.GRACE, "in case you come back"),
    "books": Kept("What was sent to a Kindle", parcels.KEPT, "to say whether it arrived"),
    "friends": Kept(
        "That you wrote to a friend (a fingerprint of the address)", parcels.KEPT_RECOMMENDATIONS, "to keep it rare"
    ),
    "gifts": Kept("Files for friends that nobody took", file_gifts.GOOD_FOR, "they end then"),
    "services": Kept("What your services were told", deliveries.KEPT, "to tell it again when they did not hear"),
    "practice": Kept("What you write on the practice page", practicing.KEPT, "to show you the answer"),
    "readers": Kept(
        "How many people read a thread on a day (numbers alone)", counting.KEPT, "authors and readers like to know"
    ),
    "contact": Kept("What you write to us, after it was answered", contact.KEPT, "in case you write again"),
    "reports": Kept("Pages you reported, after it was decided", cases.KEPT, "in case somebody objects"),
    "payments": Kept("What Stripe tells us of payments, in full", inbox.KEPT, "to be able to put mistakes right"),
    "deletion": Kept("That an account was deleted (a number and two dates)", closing.KEPT, "to finish what was begun"),
    "session": Kept(
        "That you are signed in", timedelta(seconds=settings.SESSION_COOKIE_AGE), "so that you need not sign in anew"
    ),
}
"""The times are the constants by which the code deletes."""

PRIVATE_LINK_DAYS = private_links.DAYS


def processors() -> list[Processor]:
    """Who that is follows from the settings; whom they cannot tell, the operator names in SUB_PROCESSORS."""
    provider = settings.EMAIL_BACKEND.split(".")[2:3] if settings.EMAIL_BACKEND.startswith("anymail.") else []
    found = [Processor(MAIL_PROVIDERS.get(name, name), "sends our mail") for name in provider]
    if settings.BILLING_ENABLED:
        found.append(Processor("Stripe", "takes payments: your card, name and address are with Stripe, never with us"))
    if settings.PATREON_CLIENT_ID:
        found.append(Processor("Patreon", "tells us who of our patrons has premium, when they connect their account"))
    if money_links.paypal(0):
        found.append(Processor("PayPal", "takes donations on its own pages"))
    return found + [Processor(name, "") for name in settings.SUB_PROCESSORS]
