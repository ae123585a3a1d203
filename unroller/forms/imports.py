"""What readers bring into their library and take out of it."""

from django import forms

from unroller.models import LibraryExport


class ListForm(forms.Form):
    """A list of links as a file, or pasted."""

    file = forms.FileField(required=False, allow_empty_file=True, max_length=500)
    text = forms.CharField(required=False)


class ReportForm(forms.Form):
    """What a reader wants done with one of their lists."""

    action = forms.ChoiceField(choices=[(word, word) for word in ("again", "stop", "delete")])


class ExportForm(forms.Form):
    """As what a library is wanted."""

    kind = forms.ChoiceField(
        choices=LibraryExport.Kind.choices,
        error_messages={"required": "Choose a format.", "invalid_choice": "Choose one of these formats."},
    )


class EndForm(forms.Form):
    """Which export is to be stopped and deleted."""

    export = forms.UUIDField()
