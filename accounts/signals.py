"""What accounts tells whoever stands above it. There is one signal, and there will be no other."""

from django.dispatch import Signal

account_closing = Signal()
"""Sent with `user` before an account is deleted, as often as it takes. A receiver takes away what it keeps of this
person outside of rows that fall with them, may be called again after it succeeded, and raises when it failed."""
