"""Full-text search over public threads, and over one's library."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import limits, visitors
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import searching
from unroller.core.search_terms import Wanted
from unroller.forms.search import SearchForm
from unroller.searching import TooSlow
from unroller.views.people import person
from unroller.views.unroll import see_other

TOO_MANY = "These are many searches in one minute. Please try again a little later."


@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """`GET /search?q=&in=&page=`: public threads; with `in=library` the reader's own, which comes with premium."""
    form = SearchForm(request.GET)
    if form.in_library:
        if not request.user.is_authenticated:
            return see_other(f"{resolve_url('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if not plan_for(request.user).allows(Feature.LIBRARY_TOOLS):
            return offer(request, Feature.LIBRARY_TOOLS)
    return _answer(request, form) if form.asked else _shown(request, form)


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """`GET /opensearch.xml`: how a browser searches here from its address bar."""
    kind = "application/opensearchdescription+xml; charset=utf-8"
    response = render(request, "search/opensearch.xml", {"site_url": settings.SITE_URL}, content_type=kind)
    patch_cache_control(response, public=True, max_age=86_400)
    return response


def _answer(request: HttpRequest, form: SearchForm) -> HttpResponse:
    wanted = form.wanted()
    if problem := searching.problem(wanted, in_library=form.in_library):
        return _shown(request, form, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not limits.spend(limits.SEARCHES, _who(request)):
        return _shown(request, form, problem=TOO_MANY, status=HTTPStatus.TOO_MANY_REQUESTS)
    try:
        return _shown(request, form, page=_page(request, form, wanted))
    except TooSlow as error:
        return _shown(request, form, problem=error.sentence, status=HTTPStatus.SERVICE_UNAVAILABLE)


def _page(request: HttpRequest, form: SearchForm, wanted: Wanted) -> searching.Page:
    if form.in_library:
        return searching.library(person(request), wanted, form.page)
    return searching.public(wanted, form.page)


def _who(request: HttpRequest) -> str:
    return f"person {request.user.pk}" if request.user.is_authenticated else visitors.client_address(request)


def _shown(
    request: HttpRequest,
    form: SearchForm,
    *,
    page: searching.Page | None = None,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"q": form.asked, "in_library": form.in_library, "page": page, "problem": problem}
    return render(request, "search/search.html", context, status=status)
