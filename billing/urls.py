"""Addresses of the billing app, below the site's root. They are public, as all of the site's are."""

from django.urls import path

from billing.views import donate, gift, manage, patreon, premium, switch, webhook

urlpatterns = [
    path("premium", premium.premium, name="premium"),
    path("premium/checkout", premium.begin, name="premium-checkout"),
    path("premium/chosen", premium.chosen, name="premium-chosen"),
    path("premium/done", premium.done, name="premium-done"),
    path("premium/manage", manage.manage, name="premium-manage"),
    path("premium/resume", manage.resume, name="premium-resume"),
    path("premium/switch", switch.switch, name="premium-switch"),
    path("donate", donate.donate, name="donate"),
    path("donate/thanks", donate.thanks, name="donate-thanks"),
    path("gift", gift.gift, name="gift"),
    path("gift/done", gift.done, name="gift-done"),
    path("gift/redeem", gift.redeem, name="gift-redeem"),
    path("patreon", patreon.connect, name="patreon-connect"),
    path("patreon/callback", patreon.callback, name="patreon-callback"),
    path("patreon/disconnect", patreon.disconnect, name="patreon-disconnect"),
    path("billing/stripe/webhook", webhook.stripe, name="stripe-webhook"),
    path("billing/patreon/webhook", patreon.webhook, name="patreon-webhook"),
]
