"""A pretended Stripe with many members, in a process of its own: `python -m tests.bench.members COUNT`.

Prints its address and key as JSON, and ends with its input. The members are copies of one that subscribed for real.
"""

import copy
import json
import sys

import stripe

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World

PRODUCT, LOOKUP_KEY = "unroller_premium", "unroller_premium_month"


def main(count: int) -> None:
    world = World()
    world.stripe.deliveries.paused = True
    with Sandbox(world) as sandbox:
        address, key = sandbox.urls()["stripe"], world.stripe.secret_key
        _subscribe(stripe.StripeClient(key, base_addresses={"api": address}))
        _copy(world, count)
        print(json.dumps({"address": address, "key": key}), flush=True)
        sys.stdin.read()


def _subscribe(api: stripe.StripeClient) -> None:
    api.v1.products.create(params={"id": PRODUCT, "name": "Premium"})
    price = api.v1.prices.create(
        params={
            "product": PRODUCT,
            "currency": "usd",
            "unit_amount": 300,
            "recurring": {"interval": "month"},
            "lookup_key": LOOKUP_KEY,
        }
    )
    customer = api.v1.customers.create(
        params={"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    api.v1.subscriptions.create(params={"customer": customer.id, "items": [{"price": price.id}]})


def _copy(world: World, count: int) -> None:
    store = world.stripe.store
    (one,) = store.all("subscription")
    (customer,) = store.all("customer")
    store.drop(one)
    for number in range(count):
        store.put({**customer, "id": f"cus_{number}"})
        made = copy.deepcopy(one) | {"id": f"sub_{number}", "customer": f"cus_{number}"}
        made["items"]["data"][0] |= {"id": f"si_{number}", "subscription": f"sub_{number}"}
        store.put(made)


if __name__ == "__main__":
    main(int(sys.argv[1]))
