"""A thread on its author's own blog: published, how far it is, changed, and asked about when nobody knows."""

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import limits
from unroller import access, published
from unroller.actions import pressing
from unroller.actions.blogs import publishing
from unroller.actions.blogs.publishing import CannotPublish
from unroller.models import Blog, BlogPost, Profile, Thread
from unroller.views.people import person
from unroller.views.unroll import see_other

State = BlogPost.State
FORGOTTEN = "Forgotten here. On your blog nothing changed."
CHOOSE = "Please choose one of your blogs."


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, profile_id: int, thread_id: int) -> HttpResponse:
    """`GET /profiles/<id>/publish/<thread>`: the form; `POST` (fields `blog`, `as`: `draft` or `post`): 303 to how far
    it is."""
    user = person(request)
    profile = access.profile(user, profile_id)
    thread = access.own_thread(profile, thread_id)
    found = published.blogs(user)
    if not found:
        messages.info(request, "Connect your blog first.")
        return see_other(reverse("blogs"))
    if request.method != "POST":
        return _form(request, profile, thread, found)
    chosen = next((each for each in found if str(each.pk) == request.POST.get("blog")), None)
    if chosen is None:
        return _form(request, profile, thread, found, error=CHOOSE)
    try:
        with pressing.press(user, request.POST.dict()) as press:
            if not press.made:
                draft = request.POST.get("as") == "draft"
                press.made = str(publishing.publish(chosen, thread, draft=draft).pk)
    except CannotPublish as error:
        return _form(request, profile, thread, found, error=error.sentence)
    return see_other(reverse("blog-post", args=[press.made]))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """`GET /blogs/posts/<id>`: how far it is; `POST` (field `do`: `again`, `look`, `there` with `address`, `not-there`,
    `forget`). htmx gets the moving part only."""
    row = access.blog_post(person(request), post_id)
    error = ""
    if request.method == "POST":
        try:
            return _done(request, row)
        except CannotPublish as refused:
            error = refused.sentence
    context = {
        "post": row,
        "is_open": published.is_open(row),
        "has_changed": published.has_changed(row),
        "error": error,
        "address": request.POST.get("address", "")[:2_000],
    }
    moving = bool(getattr(request, "htmx", False))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return render(request, "blogs/_post.html" if moving else "blogs/post.html", context, status=status)


def _done(request: HttpRequest, row: BlogPost) -> HttpResponse:
    """Raises CannotPublish."""
    match request.POST.get("do", ""):
        case "again":
            publishing.again(row)
        case "look":
            publishing.look_again(row)
        case "there":
            publishing.is_there(row, request.POST.get("address", ""))
        case "not-there":
            publishing.is_not_there(row)
        case "forget":
            publishing.forget_post(row)
            messages.success(request, FORGOTTEN)
            return see_other(reverse("blogs"))
        case _:
            raise Http404("nothing of this kind can be done")
    return see_other(request.path)


def _form(
    request: HttpRequest, profile: Profile, thread: Thread, found: list[Blog], *, error: str = ""
) -> HttpResponse:
    posts = published.rows(person(request), [thread])[0].posts
    context = {
        "profile": profile,
        "thread": thread,
        "blogs": found,
        "posts": posts,
        "can_be_draft": published.can_be_drafts(found, posts),
        "once": pressing.key(),
        "most": limits.everybodys(limits.X_POSTS_INTO_FILES),
        "error": error,
        "chosen": request.POST.get("blog", ""),
        "as": request.POST.get("as", "post"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    return render(request, "blogs/publish.html", context, status=status)
