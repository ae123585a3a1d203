"""What people say of themselves on the account page."""

from functools import cache
from typing import Any

from django import forms

from accounts.actions.people import zones


@cache
def zone_choices() -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Time zones for a select: UTC, then cities by region."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for zone in sorted(zones() - {"UTC"}):
        region, _, place = zone.partition("/")
        regions.setdefault(region, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    return [("UTC", "UTC"), *regions.items()]


class ProfileForm(forms.Form):
    """Who a reader is, and when their morning is."""

    name = forms.CharField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"})
    )
    time_zone = forms.ChoiceField(
        choices=zone_choices,
        error_messages={"invalid_choice": "This is not a time zone we know.", "required": "Choose a time zone."},
    )


LOOKS = {
    "theme": ("auto", "light", "dark", "sepia"),
    "size": ("3", "1", "2", "4", "5"),
    "width": ("normal", "narrow", "wide"),
    "face": ("serif", "sans"),
}
"""How pages may look, the first of each by default. preferences.js has the same words, and a test compares."""


class LooksForm(forms.Form):
    """How pages look for a reader (templates/components/_looks.html)."""

    theme = forms.ChoiceField(choices=[(word, word) for word in LOOKS["theme"]])
    size = forms.ChoiceField(choices=[(word, word) for word in LOOKS["size"]])
    width = forms.ChoiceField(choices=[(word, word) for word in LOOKS["width"]])
    face = forms.ChoiceField(choices=[(word, word) for word in LOOKS["face"]])

    @property
    def reading(self) -> str:
        """The four words as the cookie `reading` and `User.reading` have them."""
        return ".".join(self.cleaned_data[name] for name in LOOKS)


def looks(reading: str) -> dict[str, str]:
    """The four choices out of the words of a cookie or an account; the default for what makes no sense."""
    words = [*reading.split("."), "", "", "", ""]
    return {name: word if word in LOOKS[name] else LOOKS[name][0] for name, word in zip(LOOKS, words, strict=False)}


class CloseForm(forms.Form):
    """The last word before an account is deleted: its address, typed by hand."""

    confirm = forms.CharField(
        max_length=254,
        label="Your e-mail address",
        error_messages={"required": "Type your e-mail address to confirm."},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._address = address

    def clean_confirm(self) -> str:
        """Compared without regard to case, as everywhere."""
        typed: str = self.cleaned_data["confirm"]
        if typed.casefold() != self._address.casefold():
            raise forms.ValidationError("This is not the address of your account.")
        return typed
