"""For operators: what readers and networks brought, why something failed, and trying it again."""

from unroller.admin import library, sending, threads

__all__ = ["library", "sending", "threads"]
