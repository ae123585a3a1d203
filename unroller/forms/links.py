"""What members type to make links: what it leads to, and for how long."""

from django import forms

from unroller.actions.private_links import DAYS
from unroller.models import ThreadFile


class DaysForm(forms.Form):
    """For how many days a link opens; anything else counts as a week."""

    days = forms.TypedChoiceField(choices=[(days, f"{days} days") for days in DAYS], coerce=int, required=False)

    @property
    def wanted(self) -> int:
        """One of DAYS."""
        return int(self.cleaned_data.get("days") or 7) if self.is_valid() else 7


class GiftForm(forms.Form):
    """Which file a friend is given."""

    kind = forms.ChoiceField(choices=ThreadFile.Kind.choices)
