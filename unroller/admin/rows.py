"""What lists of the site's own rows have in common."""

from typing import Any

from django.http import HttpRequest

from accounts.admin import ReadOnly


class Tended(ReadOnly):
    """Rows that the site writes itself, with actions. What `exclude` names is shown nowhere."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Actions need it; every field is read-only all the same."""
        may = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return bool(request.user.is_staff and request.user.has_perm(may))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Where nothing on the page can be changed, nothing is to be saved; what can be done is in the list."""
        if not context["adminform"].form.fields:
            context |= {"show_save": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        fields = [field.name for field in self.opts.fields if field.name not in (self.exclude or ())]
        return [*fields, *self.readonly_fields]
