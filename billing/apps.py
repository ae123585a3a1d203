"""The billing app."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        from accounts.signals import account_closing  # noqa: PLC0415  (models must be loaded first)
        from billing import checks  # noqa: F401, PLC0415
        from billing.actions import closing  # noqa: PLC0415

        account_closing.connect(closing.let_go)
