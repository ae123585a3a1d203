"""What mail providers report: /mail/events/<provider>, a door to `actions.bounces`.

Anymail checks the secret and reads each provider's form. Whether an address is gone for good is read here, since
Anymail's names for it do not tell a full mailbox from one that does not exist.
"""

import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from anymail.signals import AnymailTrackingEvent, EventType, tracking
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView
from django.conf import settings
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.actions.bounces import stop_mail
from accounts.models import MailStopped

logger = logging.getLogger(__name__)

USER = "unroller"
"""The name that goes with MAIL_WEBHOOK_SECRET in the address given to a provider."""
VIEWS: dict[str, type[AnymailBaseWebhookView]] = {
    "brevo": BrevoTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}
SIGNED = {"mailgun": "webhook_signing_key"}
"""Providers that sign as well, and Anymail's name for the key."""
NO_SUCH_ADDRESS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "Brevo": lambda event: event.get("event") in {"hard_bounce", "invalid_email"},
    "Mailgun": lambda event: (
        event.get("event-data", {}).get("severity") == "permanent"
        and event["event-data"].get("reason") in {"bounce", "suppress-bounce"}
    ),
    "Mailjet": lambda event: event.get("event") == "bounce" and event.get("hard_bounce") is True,
    "Postmark": lambda event: bool(
        {event.get("Type"), event.get("SuppressionReason")} & {"HardBounce", "BadEmailAddress"}
    ),
    "Resend": lambda event: (event["data"].get("bounce") or {}).get("type") == "Permanent",
    "SparkPost": lambda event: any(each.get("bounce_class") in {"10", "30"} for each in event["msys"].values()),
}
"""Whether an event says that the address is gone for good, by the provider's own words."""
UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What Anymail raises for JSON of another shape than the provider's."""
POLICY = re.compile(r"\b5\.7\.\d")
"""The code of RFC 3463 for mail that is refused because of who sends it: no fault of the address."""


@csrf_exempt
@require_http_methods(["HEAD", "POST"])  # some providers look first whether somebody is there
def events(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider's report. 404 when no secret is set up, 400 for a wrong one and for what is no report."""
    key = settings.MAIL_WEBHOOK_SIGNING_KEY
    if provider not in VIEWS or not settings.MAIL_WEBHOOK_SECRET or (provider in SIGNED and not key):
        raise Http404
    keys = {SIGNED[provider]: key} if provider in SIGNED else {}
    view = VIEWS[provider](webhook_secret=f"{USER}:{settings.MAIL_WEBHOOK_SECRET}", **keys)
    view.setup(request)
    try:
        response: HttpResponse = view.dispatch(request)
    except UNREADABLE:
        logger.warning("a report of %s could not be read", provider, exc_info=True)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    return response


@receiver(tracking)
def receive(event: AnymailTrackingEvent, esp_name: str, **_: object) -> None:
    """Stop mail to an address when a report says so."""
    why = why_stopped(event, esp_name)
    if why:
        stop_mail(event.recipient, why, at=event.timestamp or timezone.now())


def why_stopped(event: AnymailTrackingEvent, esp_name: str) -> MailStopped | None:
    """Why an address gets no mail after a report; None when it says nothing of the kind, or of no address."""
    if not event.recipient or not event.recipient.isprintable():
        return None
    if event.event_type in {EventType.COMPLAINED, EventType.UNSUBSCRIBED}:
        return MailStopped.COMPLAINED
    if event.event_type not in {EventType.BOUNCED, EventType.REJECTED}:
        return None
    if POLICY.search(event.mta_response or "") or not NO_SUCH_ADDRESS[esp_name](event.esp_event):
        return None
    return MailStopped.BOUNCED
