"""What a visitor says is wrong with a page."""

from typing import Any

from django import forms

from unroller.forms.contact import MOST_TEXT, FormOfPeople
from unroller.models import Report

MOST_PAGE = 2_000
NO_REASON = "Please choose what is wrong with the page."
NO_WORDS = "Please say what is wrong with the page."


class ReportForm(FormOfPeople):
    """A report. Nobody has to leave an address; `page` is the path that it is about."""

    email = forms.EmailField(max_length=254, required=False)
    page = forms.CharField(max_length=MOST_PAGE)
    reason = forms.ChoiceField(
        choices=Report.Reason.choices, error_messages={"required": NO_REASON, "invalid_choice": NO_REASON}
    )
    words = forms.CharField(max_length=MOST_TEXT, required=False)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for something else without words."""
        given = self.cleaned_data
        if given.get("reason") == Report.Reason.OTHER and not given.get("words"):
            raise forms.ValidationError(NO_WORDS)
        return given
