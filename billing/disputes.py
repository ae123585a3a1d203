"""Where a dispute stands, in Stripe's words, and what that means for what was paid for."""

from collections.abc import Sequence

from billing.facts import Dispute

INQUIRIES = frozenset({"warning_needs_response", "warning_under_review"})
"""The bank asks; no money moved."""
SETTLED = frozenset({"", "won", "warning_closed", "prevented"})
"""There is none, or it ended well."""
LOST = "lost"


def is_open(status: str) -> bool:
    """Whether the bank has the money for now. Appeals are under review like all others, and so is what nobody knows."""
    return status not in INQUIRIES | SETTLED | {LOST}


def takes_money(status: str) -> bool:
    """Whether the bank has the money, for now or for good."""
    return status == LOST or is_open(status)


def needs_answer(status: str) -> bool:
    """Whether the bank waits for us, be it in an inquiry, a dispute or an appeal."""
    return status.endswith("needs_response")


def worst(found: Sequence[Dispute]) -> Dispute | None:
    """Which of a payment's disputes counts, the first of several that are as bad; None without any."""
    return max(found, key=_badness, default=None)


def _badness(dispute: Dispute) -> tuple[bool, bool, bool, bool]:
    status = dispute.status
    return status == LOST, is_open(status), status in INQUIRIES, needs_answer(status)
