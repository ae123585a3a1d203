"""The tables of the accounts app, one module per subject."""

from accounts.models.closings import Closing
from accounts.models.leased import Leased
from accounts.models.letters import Letter
from accounts.models.orders import Allowance, Ban, Deed
from accounts.models.people import MailStopped, User, UserManager
from accounts.models.tokens import Token

__all__ = ["Allowance", "Ban", "Closing", "Deed", "Leased", "Letter", "MailStopped", "Token", "User", "UserManager"]
