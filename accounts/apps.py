"""People and signing in as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """What concerns security is written down from the first request on."""

    name = "accounts"

    def ready(self) -> None:
        from accounts import heard  # noqa: F401, PLC0415  (models must be loaded first)
