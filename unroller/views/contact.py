"""A message to the people who run the site, with or without an account."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import limits, visitors
from accounts.models import User
from unroller.actions import contact
from unroller.forms.contact import MOST_TEXT, ContactForm, stamp
from unroller.views.unroll import see_other

TOO_MANY = "You have written to us a lot today. Please go on tomorrow."
SENT = "Thank you. Your message is with us, and a person will read it."
UNANSWERED = {"text": "", "subject": "", "about": ""}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """`GET /contact?about=`: the form; `POST` (fields `email`, `subject`, `text`, `about`) sends it."""
    user = request.user if isinstance(request.user, User) else None
    if request.method != "POST":
        about = request.GET.get("about", "")[:2_000]
        return _form(request, {**UNANSWERED, "email": user.email if user else "", "about": about})
    form = ContactForm(request.POST)
    given = {name: request.POST.get(name, "")[:MOST_TEXT] for name in (*UNANSWERED, "email")}
    if not form.is_valid():
        return _form(request, given, form.sentence, HTTPStatus.UNPROCESSABLE_ENTITY)
    if not limits.spend(limits.CONTACTS, visitors.client_address(request)):
        return _form(request, given, TOO_MANY, HTTPStatus.TOO_MANY_REQUESTS)
    if not form.is_filled_in_by_robot:  # a robot is thanked like everybody, so that it learns nothing
        fields = form.cleaned_data
        contact.write(fields["email"], fields["subject"], fields["text"], about=fields["about"], user=user)
    messages.success(request, SENT)
    return see_other(reverse("contact"))


def _form(
    request: HttpRequest, given: dict[str, str], error: str = "", status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    begun = stamp(request.POST.get("begun", ""))
    context = {"given": given, "error": error, "begun": begun, "most_text": MOST_TEXT}
    return render(request, "about/contact.html", context, status=status)
