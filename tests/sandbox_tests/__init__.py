"""Tests of the pretend networks themselves, against the contracts."""
