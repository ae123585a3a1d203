"""What visitors reported, what operators decided about it, and servers that are blocked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.reasons import asks_why
from unroller.actions import blocking, cases, moderating
from unroller.admin.rows import Tended
from unroller.core.posts import Post
from unroller.models import Author, BlockedHost, Case, Hiding, Report, Request, Thread

WORDS = 4_000
"""Characters of a thread that the page of a case shows."""
Decision = Case.Decision


class Open(admin.SimpleListFilter):
    """Undecided ones, unless somebody asks for others."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("open", "open"), *Decision.choices, ("all", "all")]

    def choices(self, changelist: Any) -> Any:
        for value, label in self.lookup_choices:
            is_chosen = (self.value() or "open") == value
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": is_chosen, "query_string": query, "display": label}

    def queryset(self, request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
        wanted = self.value() or "open"
        if wanted == "all":
            return rows
        return rows.filter(decided_at=None) if wanted == "open" else rows.filter(decision=wanted)


@admin.register(Case)
class CaseAdmin(Tended):
    """One row for each thread or author that was reported, the oldest first; its page has what a decision needs."""

    list_display = ("number", "thing", "whose", "count", "reasons", "opened_at", "decision")
    list_filter = (Open, "reports__reason", "thread__source")
    search_fields = ("=id", "=reports__id", "thread__title", "thread__path", "thread__author__handle", "author__handle")
    ordering = ("opened_at", "id")
    fields = readonly_fields = (
        "thing",
        "whose",
        "opened_at",
        "said",
        "words_of_thread",
        "asked_for",
        "earlier",
        "decision",
        "decided_at",
        "words",
    )
    actions = ("dismiss", "hide", "remove", "ban_author")

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return list(self.readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        rows: QuerySet[Case] = super().get_queryset(request).defer("thread__document", "words")
        counted = Prefetch("reports", Report.objects.only("case", "reason"))
        return rows.select_related("thread__author", "author").prefetch_related(counted)

    @admin.display(description="case", ordering="id")
    def number(self, case: Case) -> int:
        return case.pk

    @admin.display(description="what")
    def thing(self, case: Case) -> SafeString:
        shown = case.thread or case.author
        kind = f"thread, {case.thread.removed}" if case.thread and case.thread.removed else ""
        return format_html('<a href="{}">{}</a> {}', shown.get_absolute_url() if shown else "", shown, kind)

    @admin.display(description="by")
    def whose(self, case: Case) -> str:
        author = _author(case)
        standing = " (banned)" if author.banned else " (opted out)" if author.opted_out else ""
        return f"{author}{standing}"

    @admin.display(description="reports")
    def count(self, case: Case) -> int:
        return len(case.reports.all())

    @admin.display(description="reasons")
    def reasons(self, case: Case) -> str:
        return ", ".join(sorted({row.get_reason_display() for row in case.reports.all()}))

    @admin.display(description="what was said")
    def said(self, case: Case) -> SafeString:
        rows = [
            (
                row.pk,
                row.created_at.strftime("%Y-%m-%d %H:%M"),
                row.get_reason_display(),
                row.words or "no words",
                " · wants an answer" if row.email else "",
            )
            for row in case.reports.order_by("created_at")
        ]
        return format_html_join("", "<p><b>{}</b> · {} · {}{}<br>{}</p>", [(a, b, c, e, d) for a, b, c, d, e in rows])

    @admin.display(description="the thread's words")
    def words_of_thread(self, case: Case) -> SafeString | str:
        return _words(case.thread) if case.thread else "This is about an author: their page has their threads."

    @admin.display(description="who asked for it")
    def asked_for(self, case: Case) -> str:
        if case.thread is None:
            return "-"
        jobs = case.thread.jobs.order_by("created_at").values_list("why", flat=True)[:1]
        people = Request.objects.filter(thread=case.thread).count()
        return f"first fetched because: {next(iter(jobs), 'no longer known')}; {people} with an account asked for it"

    @admin.display(description="decided before")
    def earlier(self, case: Case) -> SafeString | str:
        """About this thread, and about this author and their other threads."""
        author = _author(case)
        mine = Case.objects.filter(author=author) | Case.objects.filter(thread__author=author)
        others = mine.exclude(decided_at=None).exclude(pk=case.pk).order_by("-decided_at")
        rows = others.select_related("thread", "author").defer("thread__document")[:20]
        told = [(f"{row.decided_at:%Y-%m-%d}", row.get_decision_display(), str(row), row.words) for row in rows]
        return format_html_join("", "<p>{} · {} ({}): {}</p>", told) or "nothing"

    @asks_why("Dismiss: it stays as it is", "Nothing is done. Who left an address reads your reason.")
    def dismiss(self, request: HttpRequest, chosen: QuerySet[Case], reason: str) -> str:
        return self._decide(chosen, Decision.DISMISSED, reason)

    @asks_why(
        "Hide the thread",
        "It is shown to nobody until somebody shows it again. Reporters and its author, as far as "
        "we know them, read your reason. Cases about authors are left alone.",
    )
    def hide(self, request: HttpRequest, chosen: QuerySet[Case], reason: str) -> str:
        return self._decide(chosen.exclude(thread=None), Decision.HIDDEN, reason)

    @asks_why(
        "Remove the thread for good",
        "Words and pictures go, and nobody can bring them back. Reporters and its "
        "author, as far as we know them, read your reason. Cases about authors are left alone.",
    )
    def remove(self, request: HttpRequest, chosen: QuerySet[Case], reason: str) -> str:
        return self._decide(chosen.exclude(thread=None), Decision.REMOVED, reason)

    @asks_why(
        "Ban the author",
        "All of their threads are hidden, and nothing new comes in, until the ban is lifted. "
        "Reporters and the author, as far as we know them, read your reason.",
    )
    def ban_author(self, request: HttpRequest, chosen: QuerySet[Case], reason: str) -> str:
        return self._decide(chosen, Decision.BANNED, reason)

    def _decide(self, chosen: QuerySet[Case], decision: Case.Decision, reason: str) -> str:
        found = list(chosen.filter(decided_at=None))
        became = [cases.decide(case, decision, reason) for case in found]
        return f"{became.count(decision)} of {len(found)} decided: {decision.label}.{said_of_gone(became)}"


def said_of_gone(became: Sequence[Decision | None]) -> str:
    """What an operator is told, after the rest, of decisions that came too late."""
    gone = became.count(Decision.GONE)
    return f" No longer here before it was done, as reporters read: {gone}." if gone else ""


def _author(case: Case) -> Author:
    found = case.thread.author if case.thread else case.author
    assert found is not None  # the table has a constraint
    return found


def _words(thread: Thread) -> SafeString | str:
    """As text alone: nothing that a network sent is run, or fetched, in the admin."""
    found = moderating.words(thread)
    if found is None:
        return "They are not here."
    return format_html_join("", '<p dir="auto">{}</p>', [(text,) for text in _cut(found.posts_of_line)])


def _cut(posts: Iterable[Post]) -> Iterator[str]:
    """The words of posts, as many as a page holds."""
    room = WORDS
    for post in posts:
        if room <= 0:
            yield "…"
            return
        yield post.text[:room]
        room -= len(post.text)


@admin.register(Hiding)
class HidingAdmin(Tended):
    """What is hidden now."""

    list_display = ("thread", "author", "reason", "with_author", "hidden_at")
    list_filter = ("with_author", "thread__source")
    search_fields = ("thread__path", "thread__author__handle", "reason")
    exclude = ("document",)
    readonly_fields = ("words",)
    actions = ("show_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hiding]:
        rows: QuerySet[Hiding] = super().get_queryset(request).select_related("thread__author")
        return rows.defer("document", "thread__document")

    @admin.display(description="the thread's words")
    def words(self, row: Hiding) -> SafeString | str:
        return _words(row.thread)

    @admin.display
    def author(self, row: Hiding) -> str:
        return str(row.thread.author)

    @asks_why(
        "Show again",
        "The thread is shown again, and its network asked what became of it. Its author, as far as we "
        "know them, reads your reason. Threads of banned authors come back with their authors.",
    )
    def show_again(self, request: HttpRequest, chosen: QuerySet[Hiding], reason: str) -> str:
        found = list(chosen)
        done = sum(cases.show_again(row.thread, reason) for row in found)
        return f"{done} of {len(found)} shown again."


class HostForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A server."""

    class Meta:
        model = BlockedHost
        fields = ("host", "subdomains", "reason")

    def clean_host(self) -> str:
        try:
            return blocking.spelled(self.cleaned_data["host"])
        except blocking.NoHost as error:
            raise forms.ValidationError(str(error)) from error


@admin.register(BlockedHost)
class BlockedHostAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    form = HostForm
    list_display = ("host", "subdomains", "reason", "created_at")
    search_fields = ("host", "reason")

    def save_model(self, request: HttpRequest, obj: BlockedHost, form: forms.Form, change: bool) -> None:
        blocking.save(obj)

    def delete_model(self, request: HttpRequest, obj: BlockedHost) -> None:
        blocking.lift(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[BlockedHost]) -> None:
        for row in queryset:
            blocking.lift(row)
