"""The outside world on loopback: pretend networks that speak the contracts, with faults on request."""

from .server import Sandbox
from .world import World

__all__ = ["Sandbox", "World"]
