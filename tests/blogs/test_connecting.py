"""A blog is found by its address in every way that the standards know, its owner asked, and its key kept sealed."""

from typing import Any

import httpx
import pytest

from accounts.models import User
from tests.blogs.owning import agree, connected
from tests.sandbox.blog.network import Blog as Pretended
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import networks
from unroller.actions.blogs import connecting, keys
from unroller.actions.blogs.connecting import CannotConnect
from unroller.models import Blog
from unroller.sources.blog import errors, indieauth
from unroller.sources.blog.indieauth import Asked, Server

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]


@pytest.mark.parametrize(
    ("name", "media", "lasts"), [("harbour", "media", True), ("garden", "", True), ("attic", "", False)]
)
def test_a_blog_is_connected_whichever_way_it_says_where(
    ana: User, world: World, name: str, media: str, lasts: bool
) -> None:
    pretended = world.blogs[name]
    blog = connected(ana, pretended)
    assert blog.address == pretended.address
    assert blog.micropub_endpoint == f"{pretended.address}micropub"
    assert blog.media_endpoint == (f"{pretended.address}media" if media else "")
    assert bool(blog.good_until) == lasts
    [token] = pretended.oauth.tokens
    assert token not in blog.sealed
    assert connected(ana, pretended).pk == blog.pk, "connected anew, it is the same"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", errors.NotAnAddress.sentence),
        ("my blog", errors.NotAnAddress.sentence),
        ("blog", errors.NotAnAddress.sentence),
        ("ftp://blog.example", errors.NotAnAddress.sentence),
        ("https://", errors.NotAnAddress.sentence),
        ("https://[", errors.NotAnAddress.sentence),
        ("blog.example/" + "a" * 500, errors.NotAnAddress.sentence),
        ("ana@blog.example", errors.NotPublic.sentence),
        ("https://blog.example:8443/", errors.NotPublic.sentence),
        ("127.0.0.1", errors.NotPublic.sentence),
        ("http://10.0.0.1/", errors.NotPublic.sentence),
        ("0x7f000001", errors.NotPublic.sentence),
        ("[::1]", errors.NotPublic.sentence),
    ],
)
def test_garbage_and_private_hosts_get_one_clear_sentence(ana: User, typed: str, sentence: str) -> None:
    with pytest.raises(CannotConnect) as refused:
        connecting.begin(ana, typed)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("shed/", errors.NoMicropub.sentence),
        ("wall/", errors.NoIndieAuth.sentence),
        ("nowhere/", errors.NoPage.sentence),
    ],
)
def test_a_page_that_takes_no_posts_says_what_it_lacks(ana: User, sandbox: Sandbox, name: str, sentence: str) -> None:
    with pytest.raises(CannotConnect) as refused:
        connecting.begin(ana, f"{sandbox.urls()['blog']}/{name}")
    assert refused.value.sentence == sentence


@pytest.mark.parametrize("kind", ["error", "close", "html", "redirect", "huge", "invalid-utf8"])
def test_a_blog_that_answers_badly_is_told_so(ana: User, world: World, kind: Any) -> None:
    world.faults.add("blog", kind, times=FOR_EVER, to="http://10.0.0.1/", path="metadata$")
    with pytest.raises(CannotConnect) as refused:
        connecting.begin(ana, world.blogs["harbour"].address)
    known = {connecting.NO_ANSWER, errors.BadMetadata.sentence, errors.NotPublic.sentence}
    assert refused.value.sentence in known


def test_only_who_comes_back_from_there_is_let_in(ana: User, world: World) -> None:
    asked = connecting.begin(ana, world.blogs["harbour"].address)
    issuer = asked.server.issuer
    assert indieauth.is_from(asked, state=asked.state, issuer=issuer)
    assert not indieauth.is_from(asked, state="another", issuer=issuer)
    assert not indieauth.is_from(asked, state="", issuer=issuer)
    assert not indieauth.is_from(asked, state=asked.state, issuer="https://another.example/")
    assert not indieauth.is_from(asked, state=asked.state, issuer="")


def test_a_server_that_tells_of_itself_has_to_be_where_the_code_goes() -> None:
    """Else a stranger's page names the true server of its victim, and a token endpoint of the stranger's."""
    named = Server("https://trap.example/", "", "https://ana.example/auth", "https://trap.example/token", "", "")
    asked = indieauth.ask(named)
    assert not indieauth.is_from(asked, state=asked.state, issuer="https://ana.example/")
    assert indieauth.is_from(asked, state=asked.state, issuer="")
    assert indieauth.is_from(asked, state=asked.state, issuer="https://TRAP.example")


def test_a_code_is_no_good_without_what_began_it(ana: User, world: World) -> None:
    asked = connecting.begin(ana, world.blogs["harbour"].address)
    code = httpx.URL(agree(connecting.leave_address(asked))).params["code"]
    with pytest.raises(CannotConnect) as refused:
        connecting.finish(ana, asked._replace(verifier="v" * 64), code)
    assert refused.value.sentence == errors.NoLeave.sentence
    assert not Blog.objects.exists()


def test_a_key_that_may_not_create_is_no_key(ana: User, world: World) -> None:
    with pytest.raises(CannotConnect) as refused:
        connected(ana, world.blogs["harbour"], "media")
    assert refused.value.sentence == errors.NoScope.sentence


def test_nobody_gets_a_key_for_a_blog_that_does_not_vouch_for_them(ana: User, world: World) -> None:
    harbour, garden = world.blogs["harbour"], world.blogs["garden"]
    harbour.oauth.me = garden.address
    with pytest.raises(CannotConnect) as refused:
        connected(ana, harbour)
    assert refused.value.sentence == errors.OtherOwner.sentence
    harbour.oauth.me = ""
    with pytest.raises(CannotConnect):
        connected(ana, with_me(harbour, "https://10.0.0.1/"))


def with_me(pretended: Pretended, me: str) -> Pretended:
    pretended.oauth.me = me
    return pretended


def test_metadata_cannot_name_the_server_of_somebody_else(ana: User, world: World, sandbox: Sandbox) -> None:
    """Else whoever has a page could name the true blog's server, and get its codes."""
    harbour = world.blogs["harbour"]
    harbour.oauth.issuer = world.blogs["garden"].address
    with pytest.raises(CannotConnect) as refused:
        connecting.begin(ana, harbour.address)
    assert refused.value.sentence == errors.BadMetadata.sentence


def test_without_a_proved_profile_nothing_is_connected(profile: Any, ana: User, world: World) -> None:
    profile.delete()
    with pytest.raises(CannotConnect) as refused:
        connecting.begin(ana, world.blogs["harbour"].address)
    assert refused.value.sentence == connecting.NO_AUTHOR
    assert world.log.of("blog") == []


def test_an_account_holds_so_many_blogs(ana: User, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "MOST", 1)
    connected(ana, world.blogs["harbour"])
    connected(ana, world.blogs["harbour"])
    with pytest.raises(CannotConnect) as refused:
        connected(ana, world.blogs["garden"])
    assert refused.value.sentence == connecting.TOO_MANY


@pytest.mark.parametrize("name", ["harbour", "attic"])
def test_letting_go_ends_the_key(ana: User, world: World, name: str) -> None:
    blog = connected(ana, world.blogs[name])
    assert connecting.disconnect(blog)
    assert world.blogs[name].oauth.tokens == {}
    assert not Blog.objects.exists()


def test_connected_anew_the_key_of_before_is_ended(ana: User, world: World) -> None:
    pretended = world.blogs["harbour"]
    before = connected(ana, pretended)
    after = connected(ana, pretended)
    assert (len(pretended.oauth.tokens), before.sealed != after.sealed) == (1, True)


def test_a_blog_that_does_not_end_the_key_is_not_said_to_have(ana: User, world: World) -> None:
    blog = connected(ana, world.blogs["harbour"])
    world.faults.add("blog", "error", path="revoke$", status=500, times=FOR_EVER)
    assert not connecting.disconnect(blog)
    assert not Blog.objects.exists()


def test_a_blog_that_is_away_is_let_go_of_all_the_same(ana: User, world: World) -> None:
    blog = connected(ana, world.blogs["harbour"])
    world.faults.add("blog", "close", times=FOR_EVER)
    assert not connecting.disconnect(blog)
    assert not Blog.objects.exists()


def test_the_keys_of_an_account_that_is_deleted_are_ended(ana: User, world: World) -> None:
    for name in ("harbour", "garden"):
        connected(ana, world.blogs[name])
    connecting.forget(ana)
    assert not world.blogs["harbour"].oauth.tokens
    assert not world.blogs["garden"].oauth.tokens


def test_what_goes_to_the_blog_says_who_we_are_and_nothing_secret(ana: User, world: World) -> None:
    asked: Asked = connecting.begin(ana, world.blogs["harbour"].address)
    query = httpx.URL(connecting.leave_address(asked)).params
    assert query["client_id"] == keys.client().id
    assert (query["code_challenge_method"], query["response_type"]) == ("S256", "code")
    assert asked.verifier not in str(query)
    assert networks.webhooks() is not networks.http()
