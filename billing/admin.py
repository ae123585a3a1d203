"""Money for operators: mirrors to look at, events to replay, payments to give back, alerts to settle, grants."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.forms import CharField, Form, ModelForm, Textarea
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.admin import ReadOnly
from accounts.models import User
from billing import inbox, metrics
from billing.actions import alerts, gifts, granting, outbox, refunding
from billing.currencies import written
from billing.models import (
    Alert,
    BillingAccount,
    CheckoutIntent,
    Gift,
    Grant,
    OutboxCall,
    Patron,
    Payment,
    Reconciliation,
    WebhookEvent,
)


class ReasonForm(Form):
    """Why money goes back: it stays beside the refund."""

    reason = CharField(max_length=200, widget=Textarea(attrs={"rows": 3}), label="Why is it given back?")


@admin.display(description="whose")
def whose(row: CheckoutIntent | Payment | OutboxCall | Alert) -> str:
    """The address; Stripe's name for them once they are gone."""
    return str(row.account.user or row.account) if row.account else "–"


@admin.display(description="amount", ordering="amount")
def asked(row: CheckoutIntent | Payment) -> str:
    return written(row.amount, row.currency)


@admin.display(description="given back", ordering="amount_refunded")
def given_back(row: Payment) -> str:
    return written(row.amount_refunded, row.currency) if row.amount_refunded else ""


@admin.register(BillingAccount)
class BillingAccountAdmin(ReadOnly):
    list_display = (
        "__str__",
        "user",
        "status",
        "price_key",
        "access_until",
        "ends_at",
        "grace_until",
        "last_synced_at",
    )
    list_filter = ("status", "price_key", "livemode", ("closing_at", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    readonly_fields = ("payment_url",)
    search_fields = ("user__email", "stripe_customer_id", "subscription_id")


@admin.register(CheckoutIntent)
class CheckoutIntentAdmin(ReadOnly):
    """Without its address: whoever has it may pay."""

    exclude = ("url",)
    list_display = ("created_at", "kind", asked, "state", whose)
    list_filter = ("kind", "state")
    list_select_related = ("account__user",)
    search_fields = ("id", "session_id", "account__user__email")


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnly):
    list_display = ("received_at", "type", "event_id", "customer_id", "state", "attempts", "last_error")
    list_filter = ("state", "type")
    search_fields = ("event_id", "customer_id", "object_id")
    actions = ("replay",)

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_webhookevent")

    @admin.action(description="Do these events over again", permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        count = inbox.replay(queryset.values_list("event_id", flat=True))
        self.message_user(request, f"{count} events are done over again.")


@admin.register(OutboxCall)
class OutboxCallAdmin(ReadOnly):
    list_display = ("created_at", "action", whose, "attempts", "not_before", "done_at", "last_error")
    list_filter = ("action", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("account__user",)
    search_fields = ("idempotency_key", "account__user__email", "account__stripe_customer_id")
    actions = ("give_up",)

    def has_give_up_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_outboxcall")

    @admin.action(description="Give up these calls", permissions=["give_up"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[OutboxCall]) -> None:
        """For what Stripe will never do, or what was done by hand: it is tried no more."""
        assert isinstance(request.user, User)
        count = outbox.give_up(queryset.values_list("id", flat=True), request.user)
        self.message_user(request, f"{count} calls are given up.")


@admin.register(Payment)
class PaymentAdmin(ReadOnly):
    list_display = ("paid_at", whose, "kind", asked, given_back, "dispute")
    list_filter = ("kind", "dispute")
    list_select_related = ("account__user",)
    readonly_fields = ("receipt_url",)
    search_fields = ("payment_intent", "charge_id", "invoice_id", "account__user__email")
    actions = ("refund",)

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_payment")

    @admin.action(description="Give these payments back", permissions=["refund"])
    def refund(self, request: HttpRequest, queryset: QuerySet[Payment]) -> HttpResponse | None:
        """Asks why first; money only moves with a reason."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            chosen = [(payment, _left(payment)) for payment in queryset.select_related("account__user")]
            context = {
                **self.admin_site.each_context(request),
                "title": "Give payments back",
                "opts": self.opts,
                "form": form,
                "chosen": chosen,
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return render(request, "admin/billing/payment/refund.html", context)
        for payment in queryset:
            self._give_back(request, payment, form.cleaned_data["reason"])
        return None

    def _give_back(self, request: HttpRequest, payment: Payment, reason: str) -> None:
        assert isinstance(request.user, User)
        try:
            refunding.refund(payment, reason, request.user)
        except refunding.NothingLeft as error:
            self.message_user(request, f"The payment {payment.payment_intent}: {error}", messages.WARNING)
        else:
            self.message_user(request, f"The payment {payment.payment_intent} is being given back.")


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ("created_at", "kind", "sentence", whose, "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind")
    list_select_related = ("account__user",)
    search_fields = ("kind", "key", "sentence", "account__user__email")
    actions = ("settle",)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.change_alert")

    @admin.action(description="These are settled", permissions=["settle"])
    def settle(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        count = alerts.settle(list(queryset.values_list("id", flat=True)))
        self.message_user(request, f"{count} alerts are settled.")


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly):
    """With the numbers of now above the list."""

    change_list_template = "admin/billing/reconciliation/change_list.html"
    exclude = ("progress",)
    list_display = ("started_at", "finished_at", "fixes", "accounts", "calls", "drift", "replayed")
    list_filter = ("fixes",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        found = metrics.numbers()
        rows = [(name, found[name], meaning) for name, meaning in metrics.MEANINGS.items()]
        return super().changelist_view(request, {**(extra_context or {}), "numbers": rows})


@admin.register(Gift)
class GiftAdmin(ReadOnly):
    """Without its code: whoever has it has the year."""

    exclude = ("code",)
    list_display = ("created_at", "email", "redeemed_at", "revoked_at")
    list_filter = (("redeemed_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "grant__user__email", "intent__session_id")


@admin.register(Patron)
class PatronAdmin(ReadOnly):
    list_display = ("user", "patreon_id", "member_id", "created_at", "checked_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "patreon_id", "member_id")


@admin.register(Grant)
class GrantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Operators give premium here, for a reason. What gifts and patrons have is only looked at."""

    list_display = ("user", "source", "reason", "starts_at", "ends_at", "revoked_at", "given_by")
    list_filter = ("source", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "given_by")
    autocomplete_fields = ("user",)
    fields = ("user", "starts_at", "ends_at", "reason", "source", "given_by", "revoked_at")
    readonly_fields = ("source", "given_by", "revoked_at")
    search_fields = ("user__email", "reason")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        is_ours = obj is None or (obj.source == Grant.Source.ADMIN and obj.revoked_at is None)
        return is_ours and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Grant | None = None) -> bool:
        """What somebody once had is remembered: it is revoked instead."""
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"starts_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Grant, form: "ModelForm[Grant]", change: bool) -> None:
        if not change:
            obj.given_by_id = request.user.pk
        super().save_model(request, obj, form, change)
        gifts.lay(obj.user)

    @admin.action(description="Take these back, from now on", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Grant]) -> None:
        count = granting.revoke(queryset.values_list("id", flat=True))
        self.message_user(request, f"{count} grants are taken back.")


def _left(payment: Payment) -> str:
    """How much would go back."""
    return written(payment.amount - payment.amount_refunded, payment.currency)
