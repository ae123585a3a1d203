"""Why the bot does not answer, each with the sentence that its asker finds among their requests."""

from django.db.models import TextChoices

from unroller.core import errors
from unroller.core.errors import Broken, UnrollError
from unroller.models import Mention


class Silence(TextChoices):
    """Values of `Mention.reason` beside the names of errors."""

    NOT_ADDRESSED = "not-addressed", "The bot was not named in the post itself, so it did not feel spoken to."
    NO_WORD = "no-word", "The post did not ask for an unroll, so the bot kept silent."
    STOPPED = "stopped", "You asked the bot to leave you alone, and it does."
    STARTED = "started", "You asked the bot to answer you again, and from now on it does."
    LEFT_ALONE = "left-alone", "This account asked the bot to leave it alone, so it kept silent."
    BOT = "bot", "The bot does not answer other bots."
    OWN = "own", "The bot does not unroll its own posts."
    TOO_OLD = "too-old", "The post was more than a day old when the bot saw it, so it kept silent."
    NO_TARGET = "no-target", "There was no post above, quoted or linked that could be unrolled."
    AUTHOR_REFUSES = "author-refuses", "The author asked that the bot does not unroll their threads."
    UNLISTED = "unlisted", "The author asks not to be found, or not to be unrolled, so the bot kept silent."
    NOT_SHOWN = "not-shown", "The people who run this site do not show this thread, so the bot kept silent."
    TOO_MANY = "too-many", "That was a lot of mentions in a short time, so the bot kept silent."
    JUST_ANSWERED = "just-answered", "The bot had just answered for this thread in the same conversation."
    TAKEN_BACK = "taken-back", "You took the request back."


BY_ERROR = {
    "Uninvited": Silence.UNLISTED,
    "OptedOut": Silence.AUTHOR_REFUSES,
    "Withdrawn": Silence.AUTHOR_REFUSES,
    "Hidden": Silence.NOT_SHOWN,
    "Banned": Silence.NOT_SHOWN,
}
"""Ends of a job that are no failures: somebody does not want it."""


OF_ANSWERS = {
    "NotWelcome": "{network} did not let the bot answer this post. The thread is unrolled all the same.",
    "NotSure": "It is not certain whether the answer arrived.",
    "TooLate": "It took more than a day, so the bot did not answer any more.",
}
"""Failures that no job knows."""


class KeepsSilent(Exception):
    """The bot does not answer a mention."""

    def __init__(self, why: Silence) -> None:
        super().__init__(why.label)
        self.why = why


class CannotCome(Exception):
    """The thread that a mention asks for will not come: the error's name, as with a job."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ended(code: str) -> KeepsSilent | CannotCome:
    """What an error's name means for an answer."""
    return KeepsSilent(BY_ERROR[code]) if code in BY_ERROR else CannotCome(code)


def sentence(mention: Mention) -> str:
    """Why a mention was not answered, as a sentence; empty for one that was, or will be."""
    if mention.state == Mention.State.SILENT:
        return str(Silence(mention.reason).label) if mention.reason in Silence.values else ""
    if mention.state != Mention.State.FAILED:
        return ""
    known = getattr(errors, mention.reason, Broken)
    error = known if isinstance(known, type) and issubclass(known, UnrollError) else UnrollError
    if mention.reason in OF_ANSWERS:
        return OF_ANSWERS[mention.reason].format(network=mention.get_source_display())
    return error.sentence.format(network=mention.get_target_source_display() or mention.get_source_display())
