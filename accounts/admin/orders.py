"""What operators order while the site runs, and the log of their deeds, in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import limits
from accounts.actions import allowing, banning
from accounts.admin.rows import ReadOnly
from accounts.models import Allowance, Ban, Deed


class AllowanceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Another number. The list of limits says what the code's own is."""

    name = forms.ChoiceField()

    class Meta:
        model = Allowance
        fields = ("name", "who", "amount", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        described = {knob.name: f"{knob.name}: {knob.about}" for knob in allowing.knobs().values()}
        self.fields["name"].choices = list(described.items())  # type: ignore[attr-defined]  # of a choice field

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a number that may not be."""
        given = super().clean() or {}
        given["who"] = limits.visitor(given.get("who", ""))
        if {"name", "amount"} <= given.keys():
            try:
                allowing.checked(given["name"], given["who"], given["amount"])
            except allowing.CannotAllow as error:
                raise forms.ValidationError(str(error)) from error
        return given


@admin.register(Allowance)
class AllowanceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Deleting a row sets the limit back to the code's number."""

    form = AllowanceForm
    list_display = ("name", "who", "amount", "default", "reason", "set_at")
    list_filter = ("name",)
    search_fields = ("name", "who", "reason")
    ordering = ("name", "who")

    @admin.display(description="the code's own")
    def default(self, row: Allowance) -> str:
        knob = allowing.knobs().get(row.name)
        return str(knob.default) if knob and knob.default else "by the settings, the plan or the network"

    def save_model(self, request: HttpRequest, obj: Allowance, form: forms.Form, change: bool) -> None:
        allowing.save(obj)

    def delete_model(self, request: HttpRequest, obj: Allowance) -> None:
        allowing.set_back(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Allowance]) -> None:
        for row in queryset:
            allowing.set_back(row)


class BanForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Guests of a network. Accounts are banned in the list of people."""

    class Meta:
        model = Ban
        fields = ("network", "until", "reason")

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for what is no network, or over already."""
        given = super().clean() or {}
        try:
            if "network" in given:
                given["network"] = banning.checked(given["network"])
            banning.need_future(given.get("until"))
        except banning.CannotBan as error:
            raise forms.ValidationError(str(error)) from error
        return given


@admin.register(Ban)
class BanAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    form = BanForm
    list_display = ("__str__", "user", "until", "reason", "created_at")
    list_select_related = ("user",)
    search_fields = ("network", "user__email", "reason")

    def has_change_permission(self, request: HttpRequest, obj: Ban | None = None) -> bool:
        is_of_account = obj is not None and obj.user_id is not None
        return not is_of_account and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Ban, form: forms.Form, change: bool) -> None:
        obj.save()
        banning.changed()

    def delete_model(self, request: HttpRequest, obj: Ban) -> None:
        banning.lift(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Ban]) -> None:
        for row in queryset:
            banning.lift(row)


@admin.register(Deed)
class DeedAdmin(ReadOnly):
    """The log. Rows are added by the site alone, and changed by nobody."""

    list_display = ("at", "operator", "what", "kind", "subjects", "reason", "address")
    list_filter = ("what", "kind")
    search_fields = ("operator", "what", "kind", "subjects", "reason", "address")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
