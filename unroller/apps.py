"""The site as a Django app."""

from django.apps import AppConfig
from django.conf import settings


class UnrollerConfig(AppConfig):
    """Web processes need the Celery app too: without it they would ring at a default broker."""

    name = "unroller"
    verbose_name = "Threads"

    def ready(self) -> None:
        from accounts.signals import account_closing  # noqa: PLC0415  (models must be loaded first)
        from unroller import celery, checks, host_checks  # noqa: F401, PLC0415
        from unroller.actions import closing  # noqa: PLC0415

        account_closing.connect(closing.let_go)
        if settings.SENTRY_DSN:
            from unroller import reporting  # noqa: PLC0415  (a large library that most sites do without)

            reporting.begin()
