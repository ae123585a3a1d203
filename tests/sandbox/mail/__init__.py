"""Mail: an SMTP server that keeps what it is given, and a page that shows it."""
