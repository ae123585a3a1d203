"""What a visitor writes on the pretend network."""

from django import forms

from unroller.actions.practicing import MOST
from unroller.forms.sentences import TellingForm
from unroller.practice.samples import samples

START = "@unroller unroll"


class ReplyForm(TellingForm):
    """A reply below a sample thread."""

    sample = forms.ChoiceField(choices=[(name, name) for name in samples()])
    text = forms.CharField(max_length=MOST, error_messages={"required": "Write something first."})
    text.error_messages["max_length"] = f"A post here has at most {MOST} characters."
