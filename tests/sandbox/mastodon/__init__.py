"""Two pretend Mastodon hosts that know each other."""
