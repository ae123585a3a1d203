"""Nothing that opens anything is written down by real processes, even where all that can be said is asked for."""

import contextlib
import json
import re
from collections.abc import Iterator

import httpx
import pytest
from django.conf import settings

from accounts.actions import tokens
from accounts.models import Token, User
from billing.models import WebhookEvent
from tests.processes import Web, Worker, until
from tests.sandbox.server import Sandbox
from unroller.models import Job
from unroller.redacting import HIDDEN

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "bob@example.org"
PASSWORD = "three quiet herons"
MAILED = "Mq1-c7x8y9-5e2a7b1c3d"
PRIVATE = "qX3v_Y0mX0b1cUwJ7m0w3sT-9aB2dE4fG6hI8jK0lM1"
PERSONAL = "0b9ce1a2-5a1c-4c8e-9d6f-3a2b1c0d9e8f"
CODE, STATE = "SplxlOBeZQQYbYS6WxSbIA", "af0ifjsldkjxyzzy"


class Visitor:
    """A browser of somebody, and every secret that it came to know."""

    def __init__(self, web: Web) -> None:
        self._http = httpx.Client(base_url=web.address, timeout=60)
        self.secrets = {PASSWORD, MAILED, PRIVATE, PERSONAL, CODE, STATE}

    def get(self, path: str, **headers: str) -> int:
        self.secrets |= set(headers.values())
        answer = self._http.get(path, headers=headers)
        self._look(answer)
        return answer.status_code

    def send(self, path: str, **fields: str) -> int:
        """A form, sent as its page sends it."""
        self._look(self._http.get(path))
        token = self._http.cookies[settings.CSRF_COOKIE_NAME]
        answer = self._http.post(path, data=fields, headers={"X-CSRFToken": token})
        self._look(answer)
        return answer.status_code

    def tell(self, path: str, body: bytes, **headers: str) -> int:
        """What a service sends."""
        self.secrets |= {part.partition("=")[2] for part in ",".join(headers.values()).split(",") if "v1=" in part}
        return self._http.post(path, content=body, headers=headers | {"Content-Type": "application/json"}).status_code

    def close(self) -> None:
        self._http.close()

    def _look(self, answer: httpx.Response) -> None:
        self.secrets |= set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.text))
        self.secrets |= {value for value in self._http.cookies.values() if len(value) > 5}


@pytest.fixture
def programs(sandbox: Sandbox) -> Iterator[tuple[Web, Worker]]:
    """A web server and a worker that say all they can."""
    environment = {**sandbox.env(), "LOG_LEVEL": "DEBUG", "BILLING_ENABLED": "true"}
    worker = Worker(environment, "-l", "DEBUG", queues="letters,fetch,billing")
    with contextlib.ExitStack() as running:
        running.callback(worker.kill)
        worker.start(LOG_LEVEL="DEBUG")
        web = Web(0, **environment)
        running.callback(web.kill)
        yield web, worker


def come_in(visitor: Visitor, sandbox: Sandbox) -> None:
    """By the code that was mailed, and then with a password."""
    visitor.send("/accounts/login/", email=ADDRESS)
    until(lambda: bool(sandbox.world.post.mails(ADDRESS)), what="the code arrives")
    found = re.search(r"^ {4}(\d{6})$", sandbox.world.post.mails(ADDRESS)[-1].text, re.MULTILINE)
    assert found is not None
    visitor.secrets.add(found[1])
    assert visitor.send("/accounts/login/code/", code=found[1]) == 302
    assert visitor.send("/accounts/password/", password1=PASSWORD, password2=PASSWORD) == 302


def open_addresses(visitor: Visitor) -> None:
    """Addresses of which a part is a secret."""
    for path in (
        f"/accounts/confirm-email/{MAILED}/",
        f"/accounts/password/reset/key/{MAILED}/",
        f"/private/{PRIVATE}",
        f"/gift-file/{PRIVATE}",
        f"/authors-rights/ask/{PRIVATE}",
        f"/feed/{PERSONAL}",
        f"/mail/stop/{PERSONAL}",
        f"/accounts/x/login/callback/?code={CODE}&state={STATE}",
        f"/blogs/callback?code={CODE}&state={STATE}",
        f"/patreon/callback?code={CODE}&state={STATE}",
    ):
        assert visitor.get(path) < 500, path
    token = tokens.make(User.objects.get(), name="Mine", scope=Token.Scope.READ, browser="Firefox").secret
    visitor.secrets.add(token)
    assert visitor.get("/api/v1/me", Authorization=f"Bearer {token}") < 500


def have_work_done(visitor: Visitor, sandbox: Sandbox) -> None:
    """What workers do with the site's own keys: at X, and at Stripe after a webhook."""
    assert visitor.send("/unroll", url="https://x.com/nobody/status/1585341984679469056") < 500
    subscription = {"id": "sub_unknown", "object": "subscription", "customer": "cus_unknown"}
    happened = {"id": "evt_1", "object": "event", "type": "customer.subscription.updated", "created": 1_770_000_000}
    body = json.dumps(happened | {"livemode": False, "data": {"object": subscription}}).encode()
    events = sandbox.world.stripe.events
    for signature, status in ((events.signed(body, secret="whsec_of_another"), 400), (events.signed(body), 200)):
        assert visitor.tell("/billing/stripe/webhook", body, **{"Stripe-Signature": signature}) == status
    until(lambda: Job.objects.exclude(finished_at=None).exists(), what="X is asked")
    until(lambda: WebhookEvent.objects.exclude(done_at=None).exists(), what="the event is worked on")


def test_no_process_writes_down_what_opens_anything(programs: tuple[Web, Worker], sandbox: Sandbox) -> None:
    web, worker = programs
    visitor = Visitor(web)
    come_in(visitor, sandbox)
    open_addresses(visitor)
    have_work_done(visitor, sandbox)
    visitor.close()
    named = re.compile("TOKEN|SECRET|PASSWORD")
    ours = {value for name, value in sandbox.env().items() if named.search(name) and len(value) > 5}
    secrets = visitor.secrets | ours | {settings.SECRET_KEY}
    assert len(secrets) > 20
    for log in (web.log.read_text(), worker.log):
        assert "DEBUG" in log
        written = [secret for secret in secrets if re.search(rf"(?<![\w.]){re.escape(secret)}(?!\w)", log)]
        assert written == []
    assert HIDDEN in web.log.read_text()
