"""Somebody's own blog: found by its address, asked for leave (IndieAuth), and given entries (Micropub)."""
