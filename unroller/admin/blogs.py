"""For operators: authors' own blogs, and threads on their way there. Never the keys."""

from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from unroller.actions.blogs import publishing
from unroller.admin.rows import Tended
from unroller.models import Blog, BlogPost


@admin.register(Blog)
class BlogAdmin(Tended):
    """Without the key; endpoints may hold secrets in their queries, so only their hosts are shown."""

    list_display = ("user", "address", "host", "connected_at", "good_until", "sentence")
    list_filter = (("sentence", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    ordering = ("-connected_at",)
    search_fields = ("user__email", "address")
    exclude = ("sealed", "token_endpoint", "revocation_endpoint", "micropub_endpoint", "media_endpoint")
    readonly_fields = ("host",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blog]:
        return super().get_queryset(request).defer("sealed")

    @admin.display(description="takes posts at")
    def host(self, row: Blog) -> str:
        return urlsplit(row.micropub_endpoint).netloc


@admin.register(BlogPost)
class BlogPostAdmin(Tended):
    list_display = ("blog", "thread", "state", "draft", "url", "asked_at", "attempts", "not_before", "sentence")
    list_filter = ("state", "draft")
    ordering = ("-asked_at",)
    search_fields = ("id", "slug", "blog__user__email", "blog__address")
    date_hierarchy = "created_at"
    exclude = ("uploads",)
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BlogPost]:
        rows = super().get_queryset(request).select_related("blog__user", "thread")
        return rows.defer("blog__sealed", "thread__document")

    @admin.action(description="Try again what failed", permissions=["change"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[BlogPost]) -> None:
        count = 0
        for row in chosen.filter(state=BlogPost.State.FAILED):
            try:
                publishing.again(row)
            except publishing.CannotPublish as error:
                messages.warning(request, f"{row}: {error.sentence}")
            else:
                count += 1
        messages.success(request, f"{count} queued anew.")
