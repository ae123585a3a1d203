"""Authors' own blogs: connected, and given threads of theirs."""
