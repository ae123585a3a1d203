"""A link in: straight to the thread that is here, or to the progress of the job that fetches it."""

from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts import limits, visitors
from billing.entitlements import plan_for
from billing.plans import Limit
from unroller import outages
from unroller.actions import requests as asking
from unroller.actions import unrolling
from unroller.core.errors import UnrollError
from unroller.forms.threads import LinkForm
from unroller.models import Job
from unroller.views.guards import from_this_site
from unroller.views.home import paste_page

TOO_MANY = "That is a lot of threads in one hour. Please try again a little later."


@from_this_site
@require_http_methods(["GET", "HEAD", "POST"])
def unroll(request: HttpRequest) -> HttpResponse:
    """`GET /unroll?url=` fills the form, or answers 303 to a thread that is here; `POST` to the job or the thread."""
    if request.method != "POST":
        return _brought(request, _shared(request))
    form = LinkForm(request.POST)
    link = request.POST.get("url", "")[:2000]
    if not form.is_valid():
        return paste_page(request, link=link, error=form.sentence, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        address = unrolling.address(form.cleaned_data["url"])
        if address is None:
            if not may_unroll(request):
                return paste_page(request, link=link, error=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
            address = unrolling.ask(form.cleaned_data["url"]).get_absolute_url()
        if request.user.is_authenticated:
            asking.note(request.user, form.cleaned_data["url"])
        return see_other(address)
    except UnrollError as error:
        return paste_page(request, link=link, error=error.for_reader, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _brought(request: HttpRequest, link: str) -> HttpResponse:
    """What a bookmark or another app brought. Nothing is fetched: any site can make a browser send a GET."""
    if not link:
        return paste_page(request)
    try:
        address = unrolling.place(link)
    except UnrollError as error:
        return paste_page(request, link=link, error=error.for_reader, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return see_other(address) if address else paste_page(request, link=link, ready=True)


def _shared(request: HttpRequest) -> str:
    """What a bookmark or another app brings: the link, or the words around it (the share target of views/app.py)."""
    brought = (request.GET.get(name, "").strip() for name in ("url", "text", "title"))
    return next(filter(None, brought), "")[:2000]


def may_unroll(request: HttpRequest) -> bool:
    """Count one new unroll: for members by their account, for everybody else by where they are."""
    plan = plan_for(request.user)
    is_member = request.user.is_authenticated and plan.name == "premium"
    who = f"member {request.user.pk}" if is_member else visitors.client_address(request)
    return limits.spend(limits.unrolls(plan.limit(Limit.UNROLLS)), who)


@never_cache
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """`GET /unroll/<job>`: how far it is; 303 to the thread when it is done. htmx gets the moving part only."""
    everybodys = Job.objects.exclude(why=Job.Why.PRIVATE).exclude(thread__private=True)
    found = get_object_or_404(everybodys.select_related("thread"), id=job_id)
    moving = bool(getattr(request, "htmx", False))
    if found.state == Job.State.DONE and not found.outcome:
        return HttpResponseClientRedirect(found.landing) if moving else see_other(found.landing)
    context = {"job": found, "wait_until": found.waits_until, "outages": () if moving else outages.outages()}
    return render(request, "_job.html" if moving else "job.html", context)


def see_other(address: str) -> HttpResponse:
    """303: go there with GET."""
    response = redirect(address)
    response.status_code = HTTPStatus.SEE_OTHER
    return response
