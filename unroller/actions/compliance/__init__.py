"""What networks took away is taken away here, within a day."""
