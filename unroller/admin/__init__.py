"""For operators: what readers and networks brought, why something failed, and trying it again."""

from unroller.admin import archives, blogs, bot, claims, compliance, contact, library, moderation, sending, threads

__all__ = ["archives", "blogs", "bot", "claims", "compliance", "contact", "library", "moderation", "sending", "threads"]
