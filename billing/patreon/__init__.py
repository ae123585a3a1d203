"""Patreon's API v2: who somebody is there, and what their membership of our campaign is."""
