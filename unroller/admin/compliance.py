"""For operators: what networks took away and what came of it, how far the looks are, what X was asked."""

from django.contrib import admin

from accounts.admin import ReadOnly
from unroller.models import Inquiry, Sweep, Vanished


@admin.register(Vanished)
class VanishedAdmin(ReadOnly):
    list_display = ("seen_at", "source", "path", "author_id", "reason", "by", "outcome", "done_at", "attempts")
    list_filter = ("source", "reason", "by", "outcome")
    ordering = ("-seen_at",)
    search_fields = ("path", "author_id")
    date_hierarchy = "seen_at"


@admin.register(Sweep)
class SweepAdmin(ReadOnly):
    list_display = ("look", "began_at", "ended_at", "due_at", "failures", "error")
    ordering = ("look",)


@admin.register(Inquiry)
class InquiryAdmin(ReadOnly):
    """Without the addresses at X: whoever has one may read or write what is there."""

    list_display = ("created_at", "state", "count", "found", "attempts", "error", "finished_at")
    list_filter = ("state",)
    ordering = ("-created_at",)
    date_hierarchy = "created_at"
    exclude = ("upload_url", "download_url")
