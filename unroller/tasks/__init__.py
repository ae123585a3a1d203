"""Doors for Celery: each parses, calls one action, and answers nothing."""

from unroller.tasks import clock, compliance, rows

__all__ = ["clock", "compliance", "rows"]
