"""What persons do on Stripe's own pages, and what the Dashboard and the bank do to a payment."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from ..wire import Json
from . import checkout, disputes, paying, portal_acts, refunds
from .book import Book

P = ParamSpec("P")
R = TypeVar("R")


def locked(act: Callable[Concatenate["Front", P], R]) -> Callable[Concatenate["Front", P], R]:
    """Under the world's lock: the API and the clock change the same objects in threads of their own."""

    @wraps(act)
    def guarded(front: "Front", /, *args: P.args, **kwargs: P.kwargs) -> R:
        with front.ground.lock:
            return act(front, *args, **kwargs)

    return guarded


class Front(Book):
    """The acts of `Stripe` (state.py) that are not calls of the API; the pages and the panel call exactly these.

    Ids that are not there raise `ApiError` (404), a refused card `Declined`.
    """

    @locked
    def pay(
        self, session_id: str, *, card: str = "works", email: str = "payer@example.org", promotion_code: str = ""
    ) -> str:
        """Fills in the pay page and presses its button. Answers where the browser goes then.

        `card` is one of `cards.BEHAVIOURS`. A card that wants 3-D Secure answers the address of the page that asks:
        nothing is paid before `approve_3ds`.
        """
        return paying.pay(self, session_id, card=card, email=email, promotion_code=promotion_code)

    @locked
    def approve_3ds(self, session_or_invoice_id: str) -> str:
        """The bank's question is answered with yes; answers where the browser goes then."""
        return paying.approve(self, session_or_invoice_id)

    @locked
    def refuse_3ds(self, session_or_invoice_id: str) -> str:
        """The bank's question is answered with no: the page asks for another card."""
        return paying.refuse(self, session_or_invoice_id)

    @locked
    def settle(self, session_id: str, *, ok: bool = True) -> None:
        """The money of a delayed method arrives, or does not."""
        paying.settle(self, session_id, ok=ok)

    @locked
    def expire(self, session_id: str) -> None:
        """An open session ends without payment, as by time."""
        checkout.expire(self, session_id)

    @locked
    def portal_cancel(self, customer: str) -> None:
        """Cancels the newest live subscription as the portal's configuration says: at period end or now."""
        portal_acts.cancel(self, customer)

    @locked
    def portal_resume(self, customer: str) -> None:
        """Takes the scheduled cancellation back."""
        portal_acts.resume(self, customer)

    @locked
    def portal_switch(self, customer: str, price_id: str) -> None:
        """Changes the price: at once, or at period end where the configuration says so."""
        portal_acts.switch(self, customer, price_id=price_id)

    @locked
    def portal_card(self, customer: str, card: str = "works") -> None:
        """Puts a new card on file, as the customer's default."""
        portal_acts.change_card(self, customer, card)

    @locked
    def pay_invoice(self, invoice_id: str, card: str = "works") -> str:
        """Pays an open invoice on its hosted page; answers where the browser goes then."""
        return paying.pay_invoice(self, invoice_id, card)

    @locked
    def refund(self, charge: str, amount: int | None = None) -> Json:
        """Gives back so many cents, or all that is left."""
        return refunds.refund(self, charge, amount)

    @locked
    def fail_refund(self, refund_id: str) -> None:
        """The bank sends the money back to us."""
        refunds.fail(self, refund_id)

    @locked
    def dispute(self, charge: str, status: str = "needs_response") -> Json:
        """The payer's bank asks (`warning_needs_response`) or takes the money back (`needs_response`)."""
        return disputes.open_dispute(self, charge, status)

    @locked
    def change_dispute(self, dispute_id: str, status: str) -> None:
        """The bank decides, or the dispute goes on."""
        disputes.change(self, dispute_id, status)

    @locked
    def warn_of_fraud(self, charge: str) -> Json:
        """The card's network suspects the payment."""
        return disputes.warn_of_fraud(self, charge)
