"""The help pages: which articles there are, the numbers that they say, and how one is found."""
