"""What can go wrong at Stripe, by what is to be done about it.

StripeError
├── Away            try again later: no connection, a timeout, 5xx, 429
│   └── Repeated    the same key would only ever repeat the failure it stands for: look, then take a new key
├── Refused         Stripe will not do this, however often it is asked
│   ├── Missing     there is no such thing (any more)
│   ├── Declined    the card was declined, or its owner must approve
│   └── Misused     one key for two things, or a request Stripe cannot read: our mistake
└── Forged          a webhook that Stripe did not sign, or that is no event
"""


class StripeError(Exception):
    """`code` is Stripe's word for it, where there is one."""

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Away(StripeError):
    """Later."""


class Repeated(Away):
    """Later, with another key."""


class Refused(StripeError):
    """Never."""


class Missing(Refused):
    """Not there."""


class Declined(Refused):
    """Not paid."""


class Misused(Refused):
    """Ours."""


class Forged(StripeError):
    """Not Stripe's."""
