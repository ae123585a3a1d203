"""What a visitor writes on the pretend network."""

from django import forms

from unroller.actions.practicing import MOST
from unroller.practice.samples import samples

START = "@unroller unroll"


class ReplyForm(forms.Form):
    """A reply below a sample thread."""

    sample = forms.ChoiceField(choices=[(name, name) for name in samples()])
    text = forms.CharField(max_length=MOST, error_messages={"required": "Write something first."})
    text.error_messages["max_length"] = f"A post here has at most {MOST} characters."

    @property
    def sentence(self) -> str:
        """Why it cannot be posted."""
        return next((str(each) for errors in self.errors.values() for each in errors), "")
