"""What is wrong with a form, told to whoever filled it in."""

from django import forms


class TellingForm(forms.Form):
    """One that says in a sentence what is wrong with it."""

    @property
    def sentence(self) -> str:
        """The first thing that is wrong; nothing where all is well."""
        return first_of(self)


def first_of(form: forms.Form) -> str:
    """The first thing that is wrong with a form, as a sentence."""
    return next((str(error) for errors in form.errors.values() for error in errors), "")
