"""People, their mail and their farewells, for operators."""

from collections.abc import Iterable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import QuerySet
from django.forms import ChoiceField, ModelForm
from django.http import HttpRequest

from accounts.actions import addresses, banning, closing, sessions
from accounts.actions.people import zones
from accounts.admin.rows import ReadOnly
from accounts.models import Closing, Letter, User
from accounts.reasons import asks_why

RIGHTS = frozenset({"is_active", "is_staff", "is_superuser", "groups", "user_permissions"})
"""Who gets or loses some begins a new session with what they have now."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    ordering = ("email",)
    list_display = ("email", "name", "is_staff", "is_active", "mail_stopped", "joined_at")
    list_filter = ("is_staff", "is_active", "mail_stopped")
    search_fields = ("email", "name")
    readonly_fields = ("joined_at", "last_login", "reading", "mail_stopped_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Choices", {"fields": ("time_zone", "reading")}),
        ("Mail", {"fields": ("mail_stopped", "mail_stopped_at")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Times", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)

    actions = ("ban", "lift_ban")

    @asks_why(
        "Ban: nobody signs in to these accounts",
        "Sessions and tokens end at once, and mail about new threads stops. Each of them reads your reason in a mail. "
        "Money is not touched: a membership goes on until it is ended under Billing accounts.",
    )
    def ban(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> str:
        return (
            f"{sum(banning.ban_account(user, reason) for user in chosen)} banned. Operators are not: take their rights."
        )

    @asks_why("Lift the ban", "They may sign in again. They are not told.")
    def lift_ban(self, request: HttpRequest, chosen: QuerySet[User], reason: str) -> str:
        return f"{sum(banning.lift_account(user) for user in chosen)} may sign in again."

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A zone that nobody knows would keep this reader's mail from ever having a morning."""
        if db_field.name == "time_zone":
            return ChoiceField(choices=[(zone, zone) for zone in sorted(zones())])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: User, form: "ModelForm[User]", change: bool) -> None:
        """Another address is not only another name: the old one must not open the door any more."""
        before = form.initial.get("email", obj.email)
        obj.email = obj.email.lower()
        super().save_model(request, obj, form, change)
        if obj.email != before.lower():
            addresses.close(obj, before)
        if RIGHTS & set(form.changed_data):
            sessions.end_others(obj, but=(request.session.session_key or "") if obj == request.user else "")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        """As if the person had asked: a worker takes it from here."""
        closing.ask(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            closing.ask(user)

    def get_deleted_objects(
        self, objs: Iterable[User], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What goes with a person is the closing's to know, and none of it is protected from that."""
        people = [str(user) for user in objs]
        return people, {"people": len(people)}, set(), []


# Keys belong to the settings, tokens are not kept, and allauth's list of sessions searches a user name we do not have.
# What second factors are made of is nobody's to see, and taking one away is for the console (reset_second_factor).
for model in (SocialApp, SocialToken, UserSession, Authenticator):
    admin.site.unregister(model)


@admin.register(Closing)
class ClosingAdmin(ReadOnly):
    list_display = ("user_id", "requested_at", "attempts", "not_before", "done_at")
    list_filter = (("done_at", admin.EmptyFieldListFilter),)
    search_fields = ("user_id", "email")


@admin.register(Letter)
class LetterAdmin(ReadOnly):
    """Without its words: they may hold a code."""

    exclude = ("subject", "text", "html")
    list_display = ("to", "name", "created_at", "attempts", "outcome")
    list_filter = ("outcome", "name")
    search_fields = ("to",)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnly):
    list_display = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "ip")
    exclude = ("session_key",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnly):
    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__email",)
    exclude = ("data",)
