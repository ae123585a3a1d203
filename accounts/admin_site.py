"""The admin, which opens for operators who proved a second factor in this session."""

from functools import update_wrapper
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts import second_factor

OFFERED = ("", "__exact", "__isnull", "__isempty", "__id__exact")
"""What links of filters add to the name of a field."""
OF_DATES = ("__year", "__month", "__day", "__gte", "__lt")


class Offered(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Lists are asked only for what their own links ask for.

    Django lets every field of a table be asked for. One letter after the other that would tell what is shown to nobody,
    and with some lookups it fails.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:  # type: ignore[override]
        names = {f"{self.date_hierarchy}{end}" for end in OF_DATES} if self.date_hierarchy else set()
        for each in self.get_list_filter(request):
            if isinstance(each, type) and issubclass(each, SimpleListFilter):
                names.add(str(each.parameter_name))
            else:
                names.update(f"{each[0] if isinstance(each, tuple) else each}{end}" for end in OFFERED)
        return lookup in names and super().lookup_allowed(lookup, value, request)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Rows chosen by what cannot be a key are a bad request, not an error of ours."""
        try:
            for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(key)
        except ValidationError as error:
            raise BadRequest(str(error)) from error
        return super().changelist_view(request, extra_context)


class GuardedSite(AdminSite):
    """It has no door of its own: everybody signs in where attempts are counted, and shows the second factor there."""

    site_header = site_title = f"{settings.SITE_NAME}, for its operators"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Every list, also those of Django and allauth, is one of `Offered`."""
        own = admin_class or admin.ModelAdmin
        guarded = type(own.__name__, (Offered, own), {"__module__": own.__module__, "__doc__": own.__doc__})
        super().register(model_or_iterable, guarded, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and second_factor.is_confirmed(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """`/admin/login/?next=`: to signing in, to the second factor, or back; 403 for readers."""
        door = secure_admin_login(self._to_second_factor)
        answer: HttpResponse = door(request)
        return answer

    def _to_second_factor(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("next", "")
        path = wanted if wanted and get_adapter().is_safe_url(wanted) else reverse("admin:index")
        return redirect_to_login(path, resolve_url(second_factor.CONFIRM))

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """As long as pages are asked for the admin stays open."""
        guarded = super().admin_view(view, cacheable)

        def noted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
            if "\0" in "".join((request.path, *chosen, *(one for each in request.GET.lists() for one in each[1]))):
                raise BadRequest("no key and no filter holds a NUL, which PostgreSQL does not take")
            if self.has_permission(request):
                second_factor.note_use(request)
            answer: HttpResponseBase = guarded(request, *args, **kwargs)
            return answer

        return update_wrapper(noted, view)
