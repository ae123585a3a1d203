"""The pretend Stripe, by plain HTTP and by the official client."""
