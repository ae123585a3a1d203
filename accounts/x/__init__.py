"""Signing in with X: OAuth 2 with PKCE, by the keys in the settings. No token is kept."""
