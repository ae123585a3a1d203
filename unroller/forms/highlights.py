"""What readers say about highlights."""

from django import forms

from unroller.actions.highlights import MOST_NOTE, MOST_WORDS, NOTE_TOO_LONG, TOO_LONG
from unroller.models import Color

FAR = 2**31 - 1
"""As far as a column counts."""
WITHOUT_SENSE = "This selection was not understood. Please load the page again."


class AddForm(forms.Form):
    """A passage, as the script of a thread's page tells it."""

    post_id = forms.CharField(max_length=512)
    start = forms.IntegerField(min_value=0, max_value=FAR)
    length = forms.IntegerField(min_value=1, max_value=FAR)
    quote = forms.CharField(max_length=2 * MOST_WORDS, strip=False, error_messages={"max_length": TOO_LONG})
    color = forms.ChoiceField(choices=Color)
    note = forms.CharField(max_length=2 * MOST_NOTE, required=False, error_messages={"max_length": NOTE_TOO_LONG})

    @property
    def sentence(self) -> str:
        """What is wrong, where a reader can mend it."""
        known = {TOO_LONG, NOTE_TOO_LONG}
        said = (str(error) for errors in self.errors.values() for error in errors)
        return next((error for error in said if error in known), WITHOUT_SENSE)


class ChangeForm(forms.Form):
    """What is to become of a highlight."""

    action = forms.ChoiceField(choices=[(name, name) for name in ("color", "note", "delete")])
    color = forms.ChoiceField(choices=Color, required=False)
    note = forms.CharField(max_length=2 * MOST_NOTE, required=False, error_messages={"max_length": NOTE_TOO_LONG})


class HighlightsForm(forms.Form):
    """Which highlights are listed: with some words, of a color, of a thread (source and path of its address)."""

    q = forms.CharField(max_length=200, required=False)
    color = forms.ChoiceField(choices=Color, required=False)
    thread = forms.CharField(max_length=600, required=False)
