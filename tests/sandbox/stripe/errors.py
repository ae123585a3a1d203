"""What Stripe says no with: an error in its JSON shape, and a card that was refused."""

from ..wire import Json


class ApiError(Exception):
    """Ends an API call with Stripe's error object. `stored` says whether an idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",  # noqa: A002 - Stripe's word
        code: str = "",
        param: str = "",
        stored: bool = False,
        **more: object,
    ) -> None:
        super().__init__(message)
        self.status, self.stored = status, stored
        self.error: Json = {"message": message, "type": type, **more}
        if code:
            self.error |= {"code": code, "doc_url": f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"}
        if param:
            self.error["param"] = param


class Declined(Exception):
    """A card was refused on one of Stripe's own pages; nothing changed but the attempt."""

    def __init__(self, code: str = "card_declined", message: str = "Your card was declined.") -> None:
        super().__init__(message)
        self.code, self.message = code, message


def missing(kind: str, id: str, param: str = "id", *, status: int = 404) -> ApiError:  # noqa: A002 - Stripe's word
    """404 for an object that is not there; 400 where a parameter and not the path names it."""
    name = kind.rpartition(".")[2].replace("_", " ")
    return ApiError(status, f"No such {name}: '{id}'", code="resource_missing", param=param)


def invalid(message: str, param: str = "", code: str = "") -> ApiError:
    """400 for a parameter that cannot be so."""
    return ApiError(400, message, param=param, code=code)
