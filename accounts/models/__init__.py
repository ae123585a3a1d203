"""The tables of the accounts app, one module per subject."""

from accounts.models.closings import Closing
from accounts.models.letters import Letter
from accounts.models.people import MailStopped, User, UserManager

__all__ = ["Closing", "Letter", "MailStopped", "User", "UserManager"]
