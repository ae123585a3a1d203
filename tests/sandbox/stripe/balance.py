"""The account's balance: one entry for each movement of money, and what an update of metadata leaves."""

from ..wire import Json
from .book import Book
from .errors import invalid
from .shapes import new

CATEGORIES = {"adjustment": "dispute", "refund": "refund", "refund_failure": "refund_failure", "charge": "charge"}
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500
FEES = {"adjustment": "Dispute fee", "charge": "Stripe processing fees"}


def enter(book: Book, source: Json, *, amount: int, type: str, description: str, fee: int = 0) -> Json:  # noqa: A002
    """An entry in cents, negative where money leaves; `source` is the refund, dispute or charge that moved it."""
    details = [{"amount": fee, "currency": source["currency"], "description": FEES.get(type), "type": "stripe_fee"}]
    return book.store.put(
        new(
            "balance_transaction",
            id=book.new_id("txn"),
            amount=amount,
            available_on=book.now(),
            created=book.now(),
            currency=source["currency"],
            description=description,
            fee=fee,
            fee_details=details if fee else [],
            net=amount - fee,
            reporting_category=CATEGORIES[type],
            source=source["id"],
            status="available",
            type=type,
        )
    )


def merged(metadata: Json, change: Json | str | None) -> Json:
    """Metadata after an update: an empty value drops its key, an empty text drops all."""
    if change is None:
        return metadata
    if change == "":
        return {}
    together = {**metadata, **(change if isinstance(change, dict) else {})}
    left = {name: value for name, value in together.items() if value != ""}
    check_metadata(left)
    return left


def check_metadata(metadata: Json) -> None:
    """Raises `ApiError` 400 beyond 50 keys, keys of 40 characters and values of 500."""
    if len(metadata) > MOST_KEYS:
        raise invalid(f"Metadata can have at most {MOST_KEYS} keys.", "metadata")
    for name, value in metadata.items():
        if len(name) > LONGEST_KEY:
            raise invalid(f"Metadata keys can have at most {LONGEST_KEY} characters.", f"metadata[{name}]")
        if len(value) > LONGEST_VALUE:
            raise invalid(f"Metadata values can have at most {LONGEST_VALUE} characters.", f"metadata[{name}]")
