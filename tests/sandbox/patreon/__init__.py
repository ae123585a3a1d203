"""A pretend Patreon: its page to agree on, its OAuth, the API v2 as far as members go, and signed webhooks."""
