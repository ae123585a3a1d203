"""What somebody says of a token they want."""

from django import forms

from accounts.models import Token


class TokenForm(forms.Form):
    """How its owner will know it, and what it may do."""

    name = forms.CharField(
        max_length=60,
        help_text="What it is for, so that you know later which one to revoke.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
        error_messages={
            "required": "Give the token a name.",
            "max_length": "A name has at most 60 characters.",
            "null_characters_not_allowed": "This name holds characters that cannot be kept.",
        },
    )
    scope = forms.ChoiceField(
        choices=Token.Scope,
        initial=Token.Scope.READ,
        error_messages={"required": "Choose what it may do.", "invalid_choice": "Choose what it may do."},
    )
