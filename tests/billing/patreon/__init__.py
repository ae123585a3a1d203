"""Patrons, against the pretend Patreon."""
