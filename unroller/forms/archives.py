"""Fields of the pages about archives of X."""

from django import forms

from unroller.actions.archives.receiving import PART_BYTES

MOST_SIZE = 2**53


class BeginForm(forms.Form):
    """A file that is announced: its name and its bytes."""

    name = forms.CharField(max_length=1_000, required=False)
    size = forms.IntegerField(min_value=1, max_value=MOST_SIZE)


class PartForm(forms.Form):
    """Where a part of a file begins, and how long it is."""

    offset = forms.IntegerField(min_value=0, max_value=MOST_SIZE)
    length = forms.IntegerField(min_value=1, max_value=PART_BYTES)


class DeedForm(forms.Form):
    """What is done with an archive."""

    action = forms.ChoiceField(choices=[("delete", "delete"), ("publish", "publish")])
