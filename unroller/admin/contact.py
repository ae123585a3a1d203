"""What visitors wrote to us, and our answers."""

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from unroller.actions import contact
from unroller.models import ContactMessage


class AnswerForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The answer goes out as a mail when it is saved, and is not changed after that."""

    answer = forms.CharField(widget=forms.Textarea(attrs={"rows": 12, "cols": 80}), help_text="Sent as a mail, once.")

    class Meta:
        model = ContactMessage
        fields = ("answer",)


@admin.register(ContactMessage)
class ContactMessageAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    form = AnswerForm
    list_display = ("subject", "email", "created_at", "answered_at")
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    search_fields = ("subject", "email", "text")
    ordering = ("-created_at",)
    fields = ("email", "subject", "text", "about", "created_at", "answer", "answered_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: ContactMessage | None = None) -> tuple[str, ...]:
        fixed = ("email", "subject", "text", "about", "created_at", "answered_at")
        return (*fixed, "answer") if obj and obj.answered_at else fixed

    def save_model(self, request: HttpRequest, obj: ContactMessage, form: forms.Form, change: bool) -> None:
        """The one writer is the action: it sends the mail and writes the row together."""
        try:
            contact.answer(obj, form.cleaned_data.get("answer", ""))
        except contact.AlreadyAnswered:
            messages.error(request, "Somebody has answered it in the meantime: nothing was sent.")
