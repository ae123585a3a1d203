"""What makes time pass for an account while nobody asks it anything."""

import threading

from .state import Stripe

EVERY_SECONDS = 0.5


class Ticker:
    """A thread that does what has become due: renewals, retries, expired sessions."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox stripe ticker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            with self._stripe.ground.lock:
                self._stripe.tick()
