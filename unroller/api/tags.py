"""Tags: all of one's own, renamed, taken off."""

from http import HTTPStatus

from django.http import Http404
from ninja import Router, Schema, Status

from accounts.models import User
from billing.plans import Feature
from unroller import library as reads
from unroller.actions import library
from unroller.api.asking import Asked, need
from unroller.api.bodies import TagChange
from unroller.api.shapes import Tag
from unroller.core import tags as tagging
from unroller.models import Saved

router = Router(tags=["Tags"])


class Tags(Schema):
    """All tags."""

    items: list[Tag]


@router.get("/tags", response=Tags, summary="Your tags", operation_id="list_tags")
def list_tags(request: Asked) -> Tags:
    """By name, with how many threads have each. All of them: there are no pages."""
    return Tags(items=[Tag(name=tag.name, threads=tag.threads) for tag in reads.tags(request.token.user)])


@router.patch("/tags/{path:tag}", response=Tag, summary="Rename a tag", operation_id="rename_tag")
def rename_tag(request: Asked, tag: str, payload: TagChange) -> Tag:
    """On all of your threads. Where the other one is, too, they become one."""
    user = request.token.user
    known = _known(user, tag)
    need(request, Feature.LIBRARY_TOOLS)
    library.rename_tag(user, known.name, payload.name)
    return _known(user, payload.name)


@router.delete("/tags/{path:tag}", response={204: None}, summary="Take a tag off", operation_id="delete_tag")
def delete_tag(request: Asked, tag: str) -> Status[None]:
    """Of all of your threads, which stay."""
    user = request.token.user
    library.untag(Saved.objects.filter(user=user), [_known(user, tag).name])
    return Status(HTTPStatus.NO_CONTENT, None)


def _known(user: User, name: str) -> Tag:
    """One's own tag. Raises Http404."""
    wanted = tagging.clean(name)
    found = next((tag for tag in reads.tags(user) if tag.name == wanted), None)
    if found is None:
        raise Http404("you have no such tag")
    return Tag(name=found.name, threads=found.threads)
