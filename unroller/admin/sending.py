"""For operators: what leaves the site for readers' services, Kindles and friends."""

from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from unroller.actions import integrations, kindle
from unroller.admin.rows import Tended
from unroller.models import Delivery, Integration, Parcel


@admin.register(Integration)
class IntegrationAdmin(Tended):
    """Without secrets; the path of a webhook's address may well be one."""

    list_display = ("user", "kind", "host", "has_news", "told_at", "failures", "sentence", "rests_until", "stopped_at")
    list_filter = ("kind", "has_news", ("stopped_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    ordering = ("-created_at",)
    search_fields = ("user__email", "url")
    exclude = ("secret", "url")
    readonly_fields = ("host",)
    actions = ("resume",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        return super().get_queryset(request).defer("secret")

    def host(self, row: Integration) -> str:
        return urlsplit(row.url).netloc

    @admin.action(description="Tell it again", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Integration]) -> None:
        stopped = list(chosen.filter(stopped_at__isnull=False))
        for row in stopped:
            integrations.resume(row)
        messages.success(request, f"{len(stopped)} told again.")


@admin.register(Delivery)
class DeliveryAdmin(Tended):
    list_display = (
        *("integration", "event", "created_at", "attempts", "not_before"),
        *("finished_at", "delivered", "status", "detail"),
    )
    list_filter = ("event", "delivered", "integration__kind", ("finished_at", admin.EmptyFieldListFilter))
    ordering = ("-created_at",)
    search_fields = ("id", "integration__user__email", "integration__url")
    date_hierarchy = "created_at"
    actions = ("redeliver",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        return super().get_queryset(request).select_related("integration__user").defer("integration__secret")

    @admin.action(description="Send once more, unless it was delivered", permissions=["change"])
    def redeliver(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        count = 0
        for row in chosen.filter(finished_at__isnull=False, delivered=False):
            try:
                integrations.redeliver(row)
            except integrations.CannotConnect as error:
                messages.warning(request, f"{row}: {error.sentence}")
            else:
                count += 1
        messages.success(request, f"{count} sent once more.")


@admin.register(Parcel)
class ParcelAdmin(Tended):
    """Without the words to a friend."""

    list_display = (
        *("user", "kind", "to", "thread", "created_at", "attempts"),
        *("not_before", "finished_at", "sent", "sentence"),
    )
    list_filter = ("kind", "sent", ("finished_at", admin.EmptyFieldListFilter))
    ordering = ("-created_at",)
    search_fields = ("user__email", "to", "thread__title")
    date_hierarchy = "created_at"
    exclude = ("note",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Parcel]:
        return super().get_queryset(request).select_related("user", "thread").defer("thread__document")

    @admin.action(description="Send to the Kindle once more", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Parcel]) -> None:
        count = sum(map(kindle.again, chosen))
        messages.success(request, f"{count} queued anew.")
