"""For operators: why did this job fail, fetch it again, remove this thread."""

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from unroller.actions import threads, unrolling
from unroller.core.errors import RateLimited, Removed
from unroller.models import Author, Job, Thread


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """What a worker writes is looked at here, not edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Author)
class AuthorAdmin(ReadOnly):
    list_display = ("name", "handle", "source", "unlisted", "seen_at")
    list_filter = ("source", "unlisted")
    search_fields = ("name", "handle", "network_id")


@admin.register(Thread)
class ThreadAdmin(ReadOnly):
    list_display = ("__str__", "source", "post_count", "reasons", "removed", "fetched_at", "author")
    ordering = ("-fetched_at",)
    list_filter = ("source", "removed", "unlisted")
    list_select_related = ("author",)
    search_fields = ("path", "title", "author__handle", "author__name")
    actions = ("fetch_again", "remove")
    exclude = ("document",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Thread]:
        return super().get_queryset(request).defer("document")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Actions need it; every field is read-only all the same."""
        return bool(request.user.is_staff and request.user.has_perm("unroller.change_thread"))

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name != "document"]

    @admin.action(description="Fetch again", permissions=["change"])
    def fetch_again(self, request: HttpRequest, chosen: QuerySet[Thread]) -> None:
        for thread in chosen.filter(removed=""):
            try:
                unrolling.refresh(thread)
            except RateLimited as error:
                messages.warning(request, f"{thread}: can be fetched again at {error.until:%H:%M} UTC")
        messages.success(request, "Queued. The jobs show what is found.")

    @admin.action(description="Remove the words and pictures for good", permissions=["change"])
    def remove(self, request: HttpRequest, chosen: QuerySet[Thread]) -> None:
        with transaction.atomic():
            locked = list(chosen.filter(removed="").select_for_update(of=("self",)))
            for thread in locked:
                threads.remove(thread, Removed())
        messages.success(request, f"{len(locked)} removed. Their pages answer 410 now.")


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "created_at",
        "state",
        "error",
        "attempts",
        "source",
        "key",
        "not_before",
        "finished_at",
        "why",
    )
    ordering = ("-created_at",)
    list_filter = ("state", "why", "source", "error")
    search_fields = ("key", "link", "detail", "thread__title")
    date_hierarchy = "created_at"
    exclude = ("recording",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return super().get_queryset(request).defer("recording")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.is_staff and request.user.has_perm("unroller.change_job"))

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return [field.name for field in self.opts.fields if field.name != "recording"]

    @admin.action(description="Try again", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        failed = list(chosen.filter(state=Job.State.FAILED))
        for job in failed:
            unrolling.ask_again(job)
        messages.success(request, f"{len(failed)} queued anew.")
