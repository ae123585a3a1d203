"""Where a dispute stands, in Stripe's words, and what that means for what was paid for."""

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
