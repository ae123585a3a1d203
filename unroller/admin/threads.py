"""For operators: why did this job fail, fetch it again, remove this thread."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnly
from accounts.reasons import asks_why
from unroller import kept
from unroller.actions import authors, cases, keeping, thread_files, unrolling
from unroller.admin.moderation import Decision, said_of_gone
from unroller.admin.rows import Tended
from unroller.core.errors import RateLimited
from unroller.models import (
    Author,
    Copies,
    DataExport,
    Follow,
    Job,
    Keeping,
    Lookup,
    Medium,
    Notification,
    Thread,
    ThreadFile,
    Watch,
)


@admin.register(Author)
class AuthorAdmin(Tended):
    list_display = ("name", "handle", "source", "unlisted", "opted_out", "banned", "seen_at")
    list_filter = ("source", "unlisted", "opted_out", "banned")
    search_fields = ("name", "handle", "network_id")
    actions = ("opt_out", "opt_in", "ban", "lift_ban")

    @admin.action(description="Opt out: delete everything of theirs here for good", permissions=["change"])
    def opt_out(self, request: HttpRequest, chosen: QuerySet[Author]) -> None:
        messages.success(request, f"{authors.leave_alone(chosen)} opted out. The last traces go within minutes.")

    @admin.action(description="Opt in: their threads may be unrolled again", permissions=["change"])
    def opt_in(self, request: HttpRequest, chosen: QuerySet[Author]) -> None:
        messages.success(request, f"{authors.welcome_back(chosen)} may be unrolled again.")

    @asks_why(
        "Ban: hide everything of theirs, fetch nothing more",
        "Their pages say that the people who run this site do not show them. They read your reason, as far as we know "
        "them. It can be lifted.",
    )
    def ban(self, request: HttpRequest, chosen: QuerySet[Author], reason: str) -> str:
        became = [cases.decide_author(author, Decision.BANNED, reason) for author in chosen]
        done = f"{became.count(Decision.BANNED)} banned. The last of their threads go within minutes."
        return done + said_of_gone(became)

    @asks_why(
        "Lift the ban", "What was hidden with them is shown again. They read your reason, as far as we know them."
    )
    def lift_ban(self, request: HttpRequest, chosen: QuerySet[Author], reason: str) -> str:
        return f"{sum(cases.lift(author, reason) for author in chosen)} may be read again."


@admin.register(Thread)
class ThreadAdmin(Tended):
    list_display = ("__str__", "source", "post_count", "reasons", "removed", "fetched_at", "author")
    ordering = ("-fetched_at",)
    list_filter = ("source", "removed", "unlisted")
    list_select_related = ("author",)
    search_fields = ("path", "title", "author__handle", "author__name")
    actions = ("fetch_again", "hide", "remove")
    exclude = ("document",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thread]:
        return super().get_queryset(request).defer("document")

    @admin.action(description="Fetch again", permissions=["change"])
    def fetch_again(self, request: HttpRequest, chosen: QuerySet[Thread]) -> None:
        for thread in chosen.filter(removed=""):
            try:
                unrolling.refresh(thread)
            except RateLimited as error:
                messages.warning(request, f"{thread}: can be fetched again at {error.until:%H:%M} UTC")
        messages.success(request, "Queued. The jobs show what is found.")

    @asks_why(
        "Hide",
        "Nobody sees them until somebody shows them again (Hidings). Their authors read your reason, as far "
        "as we know them.",
    )
    def hide(self, request: HttpRequest, chosen: QuerySet[Thread], reason: str) -> str:
        became = [cases.decide_thread(thread, Decision.HIDDEN, reason) for thread in chosen]
        return f"{became.count(Decision.HIDDEN)} hidden. Their pages say so.{said_of_gone(became)}"

    @asks_why(
        "Remove the words and pictures for good",
        "Nobody can bring them back. Their authors read your reason, as far as we know them.",
    )
    def remove(self, request: HttpRequest, chosen: QuerySet[Thread], reason: str) -> str:
        became = [cases.decide_thread(thread, Decision.REMOVED, reason) for thread in chosen]
        return f"{became.count(Decision.REMOVED)} removed. Their pages answer 410 now.{said_of_gone(became)}"


@admin.register(Job)
class JobAdmin(Tended):
    list_display = (
        "created_at",
        "state",
        "error",
        "attempts",
        "slow",
        "source",
        "key",
        "not_before",
        "finished_at",
        "why",
    )
    ordering = ("-created_at",)
    list_filter = ("state", "slow", "why", "source", "error")
    search_fields = ("key", "link", "detail", "thread__title")
    date_hierarchy = "created_at"
    exclude = ("recording",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).defer("recording")

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        failed = list(chosen.filter(state=Job.State.FAILED))
        for job in failed:
            unrolling.ask_again(job)
        messages.success(request, f"{len(failed)} queued anew.")


@admin.register(Watch)
class WatchAdmin(ReadOnly):
    list_display = ("author", "due_at", "looked_at", "last_post_at", "failures", "error")
    list_filter = ("error", "author__source")
    list_select_related = ("author",)
    search_fields = ("author__handle", "author__name")


@admin.register(Follow)
class FollowAdmin(ReadOnly):
    list_display = ("user", "author", "cadence", "created_at")
    list_filter = ("cadence", "author__source")
    list_select_related = ("user", "author")
    search_fields = ("user__email", "author__handle")
    exclude = ("mail_token",)


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("user", "thread", "due_at", "settled_at", "outcome", "attempts")
    list_filter = ("outcome",)
    search_fields = ("user__email", "thread__title")
    date_hierarchy = "due_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return super().get_queryset(request).select_related("user", "thread").defer("thread__document")


@admin.register(Lookup)
class LookupAdmin(ReadOnly):
    list_display = ("text", "source", "state", "sentence", "user", "created_at")
    list_filter = ("state", "source")
    list_select_related = ("user",)
    search_fields = ("text", "user__email")


@admin.register(DataExport)
class DataExportAdmin(ReadOnly):
    list_display = ("user", "created_at", "attempts", "finished_at", "failed", "expires_at")
    list_filter = ("failed",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("file",)


@admin.register(ThreadFile)
class ThreadFileAdmin(Tended):
    list_display = (
        "thread",
        "kind",
        "changed_at",
        "created_at",
        "attempts",
        "finished_at",
        "sentence",
        "size",
        "used_at",
    )
    list_filter = ("kind", "sentence")
    ordering = ("-created_at",)
    search_fields = ("thread__title", "thread__author__handle", "detail")
    date_hierarchy = "created_at"
    exclude = ("file",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ThreadFile]:
        return super().get_queryset(request).select_related("thread").defer("thread__document")

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[ThreadFile]) -> None:
        failed = list(chosen.filter(finished_at__isnull=False, file=""))
        for file in failed:
            thread_files.again(file)
        messages.success(request, f"{len(failed)} queued anew.")


@admin.register(Keeping)
class KeepingAdmin(Tended):
    list_display = ("thread", "keepers", "size", "missing", "changed_at", "attempts", "not_before", "finished_at")
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    ordering = ("-size",)
    search_fields = ("thread__title", "thread__author__handle")
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Keeping]:
        rows: QuerySet[Keeping] = super().get_queryset(request).select_related("thread").defer("thread__document")
        return rows.annotate(keepers=Count("thread__saved", filter=Q(thread__saved__copies=Copies.KEPT)))

    @admin.display(ordering="keepers")
    def keepers(self, row: Keeping) -> int:
        return row.keepers  # type: ignore[attr-defined, no-any-return]  # annotated above

    @admin.action(description="Look again for what is missing", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Keeping]) -> None:
        done = list(chosen.filter(finished_at__isnull=False))
        for row in done:
            keeping.reopen(row.pk)
        messages.success(request, f"{len(done)} queued anew.")


@admin.register(Medium)
class MediumAdmin(ReadOnly):
    list_display = ("digest", "type", "size", "created_at")
    list_filter = ("type",)
    ordering = ("-size",)
    search_fields = ("digest", "kept__address")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        total = kept.total()
        title = f"{total['files']:,} copies of media, {total['bytes'] / kept.GIGABYTE:,.1f} GB"
        return super().changelist_view(request, (extra_context or {}) | {"title": title})
