"""What can go wrong at Stripe, by what is to be done about it.

StripeError
├── Away            try again later: no connection, a timeout, 5xx, 429
│   ├── Repeated    the same key would only ever repeat the failure it stands for: look, then take a new key
│   └── Denied      our secret key is not good, or lacks a right: everything waits until an operator has seen to it
├── Refused         Stripe will not do this, however often it is asked
│   ├── Missing     there is no such thing (any more)
│   ├── Declined    the card was declined, or its owner must approve
│   └── Misused     one key for two things, or a request Stripe cannot read: our mistake
└── Forged          a webhook that Stripe did not sign, or that is no event
"""


class StripeError(Exception):
    """`code` is Stripe's word for it and `param` the parameter that is wrong, where there is one."""

    def __init__(self, sentence: str, *, code: str = "", param: str = "") -> None:
        super().__init__(sentence)
        self.code, self.param = code, param


class Away(StripeError):
    """Later."""

    wants_new_key = False
    """Stripe answered 5xx. The library asks again under the same idempotency key unless Stripe forbids it, so the key
    may stand for the failure, and not every answer says so. Look whether it is done, then take a new key."""


class Repeated(Away):
    """Later, with another key."""

    wants_new_key = True


class Denied(Away):
    """Later, with another secret key or more rights."""


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
