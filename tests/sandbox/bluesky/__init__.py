"""The pretend Bluesky: an AppView, a PLC directory and a personal data server."""
