"""For operators: the bot's accounts and days, what it was asked for, and whom it leaves alone."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from unroller.actions.bot import silence
from unroller.admin.rows import Tended
from unroller.models import BotAccount, BotDay, LeftAlone, Mention


@admin.register(BotAccount)
class BotAccountAdmin(Tended):
    """Without what it is signed in with."""

    list_display = ("source", "handle", "looked_at", "due_at", "failures", "error")
    exclude = ("sealed",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BotAccount]:
        return super().get_queryset(request).defer("sealed")


@admin.register(BotDay)
class BotDayAdmin(Tended):
    list_display = ("day", "source", "looks", "mentions", "answers", "dollars")
    list_filter = ("source",)
    ordering = ("-day", "source")
    date_hierarchy = "day"
    readonly_fields = ("dollars",)

    def dollars(self, row: BotDay) -> str:
        return f"{row.micros / 1_000_000:,.3f}"


@admin.register(Mention)
class MentionAdmin(Tended):
    """Without the words of the post."""

    list_display = ("created_at", "source", "asker_handle", "target", "state", "reason", "attempts", "not_before")
    list_filter = ("source", "state", "reason", "place")
    ordering = ("-created_at",)
    search_fields = ("id", "key", "asker_id", "asker_handle", "target", "answer_key")
    date_hierarchy = "created_at"
    exclude = ("document",)
    readonly_fields = ("sentence",)
    list_select_related = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mention]:
        return super().get_queryset(request).select_related("thread").defer("document", "thread__document")

    def sentence(self, row: Mention) -> str:
        return silence.sentence(row)


@admin.register(LeftAlone)
class LeftAloneAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """An operator adds who wrote to us, and takes away who wants the bot back."""

    list_display = ("source", "network_id", "since", "reason")
    list_filter = ("source",)
    search_fields = ("network_id", "reason")
    ordering = ("-since",)
