"""For operators: lists of links that come into libraries, and libraries that go out as files."""

from collections import Counter
from collections.abc import Iterable

from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from unroller.actions import library_exports, library_imports
from unroller.admin.rows import Tended
from unroller.models import ImportedLink, LibraryExport, LibraryImport, LibraryPart

State = ImportedLink.State


@admin.register(LibraryImport)
class LibraryImportAdmin(Tended):
    """Without a list's own words, tags and notes: those are its reader's."""

    list_display = ("user", "form", "created_at", "look_at", "sentence", "waiting", "saved", "failed", "skipped")
    list_filter = ("form", ("look_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    list_per_page = 50  # the links of each are counted
    ordering = ("-created_at",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    exclude = ("skipped_words",)
    readonly_fields = ("failures",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LibraryImport]:
        rows: QuerySet[LibraryImport] = super().get_queryset(request)
        return rows.annotate(**{each.value: Count("links", filter=Q(links__state=each)) for each in State})

    def waiting(self, row: LibraryImport) -> int:
        return row.waiting  # type: ignore[attr-defined, no-any-return]  # annotated above

    def saved(self, row: LibraryImport) -> int:
        return row.saved  # type: ignore[attr-defined, no-any-return]

    def failed(self, row: LibraryImport) -> int:
        return row.failed  # type: ignore[attr-defined, no-any-return]

    def failures(self, row: LibraryImport) -> str:
        """Why links failed, and how many for each reason."""
        return _counted(row.links.filter(state=State.FAILED).values_list("sentence", flat=True))

    @admin.action(description="Try again what failed, unless its reader stopped it", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[LibraryImport]) -> None:
        failed = list(library_imports.failed().filter(pk__in=chosen.values("pk")))
        for origin in failed:
            library_imports.try_again(origin)
        messages.success(request, f"{len(failed)} go on.")


class Parts(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """The zips of an export, without their names in the storage."""

    model = LibraryPart
    fields = readonly_fields = ("number", "threads", "size", "created_at", "expires_at", "withdrawn")
    ordering = ("number",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(LibraryExport)
class LibraryExportAdmin(Tended):
    """Without the titles of what was left out: those are its reader's."""

    list_display = (
        *("user", "kind", "created_at", "done", "total", "parts", "sentence"),
        *("failures", "not_before", "finished_at", "failed"),
    )
    list_filter = ("kind", "failed", ("finished_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    ordering = ("-created_at",)
    search_fields = ("user__email",)
    date_hierarchy = "created_at"
    exclude = ("waiting", "left_out")
    readonly_fields = ("wait_for_x", "without_a_file")
    inlines = (Parts,)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LibraryExport]:
        rows: QuerySet[LibraryExport] = super().get_queryset(request)
        return rows.annotate(part_count=Count("parts"))

    @admin.display(ordering="part_count")
    def parts(self, row: LibraryExport) -> int:
        return row.part_count  # type: ignore[attr-defined, no-any-return]  # annotated above

    def wait_for_x(self, row: LibraryExport) -> int:
        """Threads that wait until its reader may have more of X's posts in files."""
        return len(row.waiting)

    def without_a_file(self, row: LibraryExport) -> str:
        return _counted(each["why"] for each in row.left_out)

    @admin.action(description="Go on where it failed", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[LibraryExport]) -> None:
        count = sum(map(library_exports.again, chosen))
        messages.success(request, f"{count} queued anew.")


def _counted(sentences: Iterable[str]) -> str:
    """Each of several sentences once, the most frequent first."""
    return " ".join(f"{sentence} ({count})" for sentence, count in Counter(sentences).most_common()) or "-"
