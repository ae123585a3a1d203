"""Whose profile is whose, and what authors without an account wish for: what no worker can decide, operators do."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from unroller import profiles as reads
from unroller.actions import author_asks
from unroller.admin.rows import Tended
from unroller.models import Claim, Profile


class Decision(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What becomes of a wish, and the words that the author reads."""

    decision = forms.ChoiceField(
        choices=[("", "not yet"), ("grant", "Grant"), ("refuse", "Refuse")],
        required=False,
        help_text="A worker does what is granted, without the code. “Something else” you do yourself first.",
    )
    answer = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80}), required=False, help_text="Sent as a mail, once."
    )

    class Meta:
        model = Claim
        fields = ("answer",)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a refusal without words."""
        given = self.cleaned_data
        if given.get("decision") == "refuse" and not given.get("answer"):
            raise forms.ValidationError("Please say why: the author reads it.")
        return given


class Waiting(admin.SimpleListFilter):
    title = "whose turn it is"
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ours", "ours")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        return queryset.filter(pk__in=reads.waiting_wishes().values("pk")) if self.value() == "ours" else queryset


@admin.register(Claim)
class ClaimAdmin(Tended):
    """Without the digest of the address that a wish has: nobody needs it here."""

    form = Decision
    list_display = ("created_at", "source", "key", "user", "wish", "state", "proof", "done_at", "sentence")
    list_filter = (Waiting, "wish", "state", "source")
    list_select_related = ("user",)
    ordering = ("-created_at",)
    search_fields = ("key", "email", "user__email", "words")
    exclude = ("digest",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return super().get_queryset(request).select_related("user", "author", "thread")

    def get_fields(self, request: HttpRequest, obj: Claim | None = None) -> list[Any]:
        fields = [field.name for field in self.opts.fields if field.name not in self.exclude]
        return [*fields, "decision"] if self._is_ours(obj) else fields

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        fields = super().get_readonly_fields(request, obj)
        return [name for name in fields if name != "answer"] if self._is_ours(obj) else fields

    def save_model(self, request: HttpRequest, obj: Claim, form: forms.Form, change: bool) -> None:
        """The one writer is the action: it sends the mail and writes the row together."""
        decision, words = form.cleaned_data.get("decision", ""), form.cleaned_data.get("answer", "")
        try:
            if decision == "grant":
                author_asks.grant(obj, words)
            elif decision == "refuse":
                author_asks.refuse(obj, words)
        except author_asks.CannotDecide as error:
            messages.error(request, error.sentence)

    @staticmethod
    def _is_ours(row: object) -> bool:
        return isinstance(row, Claim) and reads.undecided_wishes().filter(pk=row.pk).exists()


@admin.register(Profile)
class ProfileAdmin(Tended):
    list_display = ("user", "author", "proof", "proved_at")
    list_filter = ("proof", "author__source")
    list_select_related = ("user", "author")
    ordering = ("-proved_at",)
    search_fields = ("user__email", "author__handle")
