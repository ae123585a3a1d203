"""Where threads are sent: a friend's address, a Kindle's, and how often a book comes."""

from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from unroller.actions.recommending import LONGEST_NOTE
from unroller.forms.sentences import first_of
from unroller.models import Shelf

HOSTS = ("kindle.com", "free.kindle.com")
NO_ADDRESS = "This is no e-mail address."
NO_KINDLE = "The address of a Kindle ends in @kindle.com. Amazon shows it under “Manage Your Content and Devices”."


class KindleField(forms.EmailField):
    """The address of a Kindle, in small letters."""

    def __init__(self, *, required: bool) -> None:
        sentences = {"required": "Enter the address of your Kindle.", "invalid": NO_KINDLE}
        super().__init__(required=required, max_length=254, error_messages=sentences)

    def clean(self, value: Any) -> str:
        found = str(super().clean(value)).lower()
        if found and found.rpartition("@")[2] not in HOSTS:
            raise ValidationError(NO_KINDLE)
        return found


class FriendForm(forms.Form):
    """To whom a thread goes, and a line to them."""

    address = forms.EmailField(
        max_length=254,
        error_messages={"required": "Enter your friend’s address.", "invalid": NO_ADDRESS, "max_length": NO_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        error_messages={
            "max_length": f"A line to a friend has at most {LONGEST_NOTE} characters.",
            "null_characters_not_allowed": "This line holds characters that cannot be sent.",
        },
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto", "maxlength": LONGEST_NOTE}),
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)

    def clean_address(self) -> str:
        """One plain address. Raises ValidationError."""
        found: str = self.cleaned_data["address"]
        if parseaddr(found)[1] != found:
            raise ValidationError(NO_ADDRESS)
        return found


class KindleForm(forms.Form):
    """The Kindle that a thread goes to."""

    kindle = KindleField(required=True)

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)


class ShelfForm(forms.Form):
    """Where books go, and whether one comes every Monday."""

    kindle = KindleField(required=False)
    weekly = forms.ChoiceField(
        choices=Shelf.Weekly, required=False, error_messages={"invalid_choice": "Choose how the weekly book comes."}
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)

    def clean(self) -> dict[str, Any]:
        """A weekly book to a Kindle needs one."""
        found = super().clean() or self.cleaned_data
        if found.get("weekly") == Shelf.Weekly.KINDLE and found.get("kindle") == "":
            raise ValidationError("For a weekly book on your Kindle, enter its address.")
        return found
