"""What a visitor writes to the people who run the site."""

import time

from django import forms
from django.core import signing

from unroller.forms.sentences import TellingForm

MOST_TEXT = 10_000
LEAST_SECONDS = 3
"""Nobody reads a form, and writes a sentence, faster than that."""
OPEN = 24 * 3600
"""Seconds for which a form may be open."""
SALT = "unroller.contact"
ROBOT = "This form was filled in faster than people write. Please send it once more."


class FormOfPeople(TellingForm):
    """Written by anybody. `website` is hidden from people: robots fill in everything. `begun` is when the form was
    shown."""

    email = forms.EmailField(max_length=254, error_messages={"required": "We need an address to answer to."})
    website = forms.CharField(max_length=200, required=False)
    begun = forms.CharField(max_length=100, required=False)

    @property
    def is_filled_in_by_robot(self) -> bool:
        """The trap holds something."""
        return bool(self.cleaned_data.get("website"))

    def clean_begun(self) -> str:
        """Raises ValidationError for a form that comes back at once, or that we never showed."""
        begun: str = self.cleaned_data["begun"]
        try:
            shown = float(signing.loads(begun, salt=SALT, max_age=OPEN))
        except (signing.BadSignature, TypeError, ValueError) as error:
            raise forms.ValidationError("This form was open for too long. Please send it once more.") from error
        if time.time() - shown < LEAST_SECONDS:
            raise forms.ValidationError(ROBOT)
        return begun


class ContactForm(FormOfPeople):
    """A message."""

    subject = forms.CharField(max_length=200, error_messages={"required": "Please say what it is about."})
    text = forms.CharField(max_length=MOST_TEXT, error_messages={"required": "The message is still empty."})
    about = forms.CharField(max_length=2_000, required=False)


def stamp(begun: str = "") -> str:
    """When a form is shown, signed. One that comes back with an error was `begun` when it was shown first: whoever
    mends one word is no robot."""
    try:
        signing.loads(begun, salt=SALT, max_age=OPEN)
    except signing.BadSignature:
        return signing.dumps(f"{time.time():.3f}", salt=SALT)
    return begun
