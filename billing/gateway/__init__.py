"""The way to Stripe: the only package that imports its library. Answers leave it as values of billing/facts.py."""
