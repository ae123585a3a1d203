"""Which site `admin.site` is."""

from django.contrib.admin.apps import AdminConfig


class GuardedAdmin(AdminConfig):
    """Named in INSTALLED_APPS in the place of Django's."""

    default_site = "accounts.admin_site.GuardedSite"
