"""What an author without an account asks of the site."""

from typing import Any

from django import forms

from unroller.forms.contact import MOST_TEXT, FormOfPeople
from unroller.models import Wish

MOST_LINK = 2_000
NO_PROFILE = "We need a link to your profile, or your handle."
NO_WISH = "Please choose what you wish for."
NO_THREAD = "Please paste the link to the thread that is to go."
NO_WORDS = "Please say what you wish for."


class AskForm(FormOfPeople):
    """A wish. `thread` is the link to a thread that is to go; `words` say what else is wanted."""

    who = forms.CharField(max_length=MOST_LINK, error_messages={"required": NO_PROFILE})
    wish = forms.ChoiceField(choices=Wish.choices, error_messages={"required": NO_WISH, "invalid_choice": NO_WISH})
    thread = forms.CharField(max_length=MOST_LINK, required=False)
    words = forms.CharField(max_length=MOST_TEXT, required=False)

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for a wish that lacks what it is about."""
        given = self.cleaned_data
        if given.get("wish") == Wish.REMOVE and not given.get("thread"):
            raise forms.ValidationError(NO_THREAD)
        if given.get("wish") == Wish.OTHER and not given.get("words"):
            raise forms.ValidationError(NO_WORDS)
        return given
