"""The WSGI layer in front of all others: it knows by which scheme a visitor came, so that nobody else has to ask."""

from collections.abc import Iterable

from accounts import visitors
from unroller.answers import Application, Environ, StartResponse


class Proxied:
    """The proxy speaks plain http with us, whatever the visitor spoke with it. Django's `SECURE_PROXY_SSL_HEADER` would
    believe `X-Forwarded-Proto` of everybody who reaches this process."""

    def __init__(self, site: Application) -> None:
        self._site = site

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = visitors.scheme_in(environ)
        return self._site(environ, start_response)
