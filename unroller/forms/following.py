"""What readers type in My Authors."""

from django import forms

from unroller.models import Cadence


class FollowForm(forms.Form):
    """How a reader wants to be told about an author; a one-click button leaves that to us."""

    cadence = forms.ChoiceField(choices=Cadence.choices, required=False)

    def cadence_or(self, otherwise: Cadence) -> Cadence:
        """What was chosen, if it makes sense."""
        chosen = self.cleaned_data.get("cadence") if self.is_valid() else ""
        return Cadence(chosen) if chosen else otherwise


class SiftForm(forms.Form):
    """Which followed authors are listed: part of a name, only those with unread threads."""

    q = forms.CharField(max_length=200, required=False)
    unread = forms.BooleanField(required=False)


class ImportForm(FollowForm):
    """A list of authors as a file, or pasted."""

    file = forms.FileField(required=False, allow_empty_file=True, max_length=500)
    text = forms.CharField(required=False)
