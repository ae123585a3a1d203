"""The pretend X API v2."""
