"""`manage.py reset_second_factor ADDRESS`: for an operator who lost telephone, passkeys and recovery codes."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import locks
from accounts.models import User


class Command(BaseCommand):
    help = "Take away an operator's second factors and sign them out everywhere: they set up new ones at /admin/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the operator's e-mail address")

    def handle(self, *, address: str, **options: object) -> str:
        user = User.objects.filter(email=address.lower()).first()
        if user is None:
            raise CommandError(f"Nobody here has the address {address}.")
        locks.take_away(user)
        return f"{user.email} is signed out everywhere and sets up a new second factor at the next visit of /admin/."
