"""A pretend network inside the site, on which visitors try the bot: its threads, and the posts that visitors write."""
