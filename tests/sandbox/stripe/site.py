"""The whole door: the API below `/v1/`, the pages that people see, and the panel at `/`."""

from ..faults import Faults
from ..wire import Request, Response
from .api import Api
from .operations import OPERATIONS
from .pages import Pages
from .panel import Panel
from .state import Stripe


class StripeSite:
    """Pages and panel are answered under the world's lock; the API takes it itself, so that calls can meet outside."""

    def __init__(self, stripe: Stripe, faults: Faults) -> None:
        self._stripe = stripe
        self._api, self._pages, self._panel = Api(stripe, OPERATIONS), Pages(stripe), Panel(stripe, faults)

    def __call__(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            response = self._api(request)
            self._stripe.requests.add(request, response.status)
            return response
        with self._stripe.ground.lock:
            self._stripe.tick()
            return (self._pages if request.path.startswith(Pages.PATHS) else self._panel)(request)
