"""The ground under tests about faults."""

from tests.billing.conftest import alice, money
from tests.object_stores.conftest import bucket, service

__all__ = ["alice", "bucket", "money", "service"]
