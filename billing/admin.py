"""Gifts of the house, for operators."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from billing.models import Grant


@admin.register(Grant)
class GrantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    list_display = ("user", "reason", "starts_at", "ends_at", "given_by")
    autocomplete_fields = ("user",)
    exclude = ("given_by",)
    search_fields = ("user__email", "reason")

    def save_model(self, request: HttpRequest, obj: Grant, form: "ModelForm[Grant]", change: bool) -> None:
        if not change:
            obj.given_by_id = request.user.pk
        super().save_model(request, obj, form, change)
