"""For operators: archives of X that are on their way, being read, or done with; none of their words."""

from django.contrib import admin

from unroller.admin.rows import Tended
from unroller.models import Archive


@admin.register(Archive)
class ArchiveAdmin(Tended):
    list_display = (
        "user",
        "state",
        "size",
        "received",
        "posts_read",
        "threads_stored",
        "is_public",
        "created_at",
        "error",
    )
    list_filter = ("state", "is_public", "error")
    list_select_related = ("user",)
    ordering = ("-created_at",)
    search_fields = ("user__email", "handle")
    date_hierarchy = "created_at"
    exclude = ("name",)
