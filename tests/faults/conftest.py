"""The ground under tests about faults."""

from tests.billing.conftest import alice, money

__all__ = ["alice", "money"]
