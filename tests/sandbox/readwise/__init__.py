"""A pretend Readwise: the part of its API v2 that takes highlights."""
