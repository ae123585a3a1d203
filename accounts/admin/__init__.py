"""For operators: people, what they are allowed, and what operators did."""

from accounts.admin import orders, people
from accounts.admin.rows import ReadOnly

__all__ = ["ReadOnly", "orders", "people"]
