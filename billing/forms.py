"""What people choose about a membership. Never an amount, a price's id or a person: those are known here."""

from django import forms

from billing.plans import PRICES


class PlanForm(forms.Form):
    """How premium is to be paid."""

    plan = forms.ChoiceField(
        choices=[(key, key) for key in PRICES],
        error_messages={"required": "Choose a year or a month.", "invalid_choice": "Choose a year or a month."},
    )


class SwitchForm(forms.Form):
    """The offer that somebody says yes to."""

    switch = forms.UUIDField(required=False)


class ReturnForm(forms.Form):
    """What Stripe sends back with somebody who was on its page."""

    session_id = forms.RegexField(r"^[A-Za-z0-9_]{1,255}$")


class PortalForm(forms.Form):
    """Which page of the portal is wanted."""

    flow = forms.ChoiceField(choices=[("cancel", "cancel"), ("card", "card")], required=False)
