"""What readers type."""

from functools import cache
from typing import Any

from django import forms

from accounts.actions.people import zones
from unroller.models import Cadence


class LinkForm(forms.Form):
    """The paste box. Anything that is not a link to a post is answered by one sentence (NotAPost)."""

    url = forms.CharField(
        max_length=2000,
        error_messages={
            "required": "Paste a link to any post of a thread.",
            "max_length": "This is too long to be a link to a post.",
            "null_characters_not_allowed": "This is not a link to a post on X, Bluesky or Mastodon.",
        },
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")


class AboutForm(forms.Form):
    """What the page around a fragment is about: source and name of its address, of one kind or none."""

    thread = forms.CharField(max_length=600, required=False)
    author = forms.CharField(max_length=600, required=False)


class PlaceForm(forms.Form):
    """Where a reader is in a thread, as their browser tells it. `thread`: source and path of its address."""

    thread = forms.CharField(max_length=600)
    post_id = forms.CharField(max_length=512, required=False)
    position = forms.RegexField(r"^post-[0-9-]{1,19}$", max_length=24, required=False)
    finished = forms.BooleanField(required=False)


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
