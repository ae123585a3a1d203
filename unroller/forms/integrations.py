"""What somebody says of a service that is to be told of their library."""

from django import forms

from unroller.actions.integrations import MOST_ADDRESS

MISSING = {"required": "Paste the token.", "max_length": "This is no token of Readwise."}


class ReadwiseForm(forms.Form):
    """The token that opens their account there. It is never shown again, not even to them."""

    token = forms.CharField(
        label="Access token",
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={**MISSING, "null_characters_not_allowed": MISSING["max_length"]},
    )


class WebhookForm(forms.Form):
    """An address of theirs."""

    address = forms.CharField(
        max_length=MOST_ADDRESS,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://", "dir": "ltr"}),
        error_messages={
            "required": "Enter an address.",
            "max_length": f"An address has at most {MOST_ADDRESS} characters.",
            "null_characters_not_allowed": "This address holds characters that cannot be part of one.",
        },
    )
