"""Which Stripe key may talk to which host: a real key must never reach another server than Stripe's."""

from urllib.parse import urlsplit

STRIPE = "https://api.stripe.com"
LIVE = ("sk_live_", "rk_live_")
TEST = ("sk_test_", "rk_test_")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_live(key: str) -> bool:
    return key.startswith(LIVE)


def is_loopback(api_url: str) -> bool:
    """Whether it is the sandbox that is meant."""
    return urlsplit(api_url).hostname in LOOPBACK


def refusal(key: str, api_url: str) -> str:
    """Why this key must not be used with this host; empty when it may, or when there is no key. Never says the key."""
    if not key or (api_url == STRIPE and key.startswith(LIVE + TEST)):
        return ""
    if is_live(key):
        return f"STRIPE_SECRET_KEY is a live key, and STRIPE_API_URL is {api_url}, not {STRIPE}"
    if not key.startswith(TEST):
        return "STRIPE_SECRET_KEY must begin with sk_test_, rk_test_, sk_live_ or rk_live_"
    if not is_loopback(api_url):
        return f"STRIPE_SECRET_KEY is a test key, and STRIPE_API_URL is {api_url}: neither {STRIPE} nor this machine"
    return ""
