"""The pages of blogs: whose they are, what they cost, and the whole way of an owner without JavaScript."""

import re
from http import HTTPStatus

import httpx
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.blogs.owning import a_story, come_back, connected, publish, turn, walk
from tests.follows import a_reader
from tests.sandbox.world import World
from tests.threads import a_thread
from unroller.actions.blogs import connecting, publishing, working
from unroller.models import Blog, BlogPost, Profile, Saved, Thread
from unroller.views import blogs as views

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

State = BlogPost.State


@pytest.fixture
def owner(client: Client, ana: User, profile: Profile) -> Client:
    assert profile.user == ana
    client.force_login(ana)
    return client


def a_blog(user: User, number: int = 1) -> Blog:
    """Connected, without anybody there."""
    return Blog.objects.create(
        user=user,
        address=f"https://{number}.example/",
        micropub_endpoint=f"https://{number}.example/micropub",
        sealed="x",
        connected_at=timezone.now(),
    )


def a_post_on(blog: Blog, thread: Thread, state: str = State.PUBLISHED) -> BlogPost:
    slug = f"{blog.pk}-{thread.pk}"
    return BlogPost.objects.create(blog=blog, thread=thread, slug=slug, state=state, asked_at=timezone.now())


def test_an_owner_connects_publishes_and_changes(owner: Client, profile: Profile, thread: Thread, world: World) -> None:
    harbour = world.blogs["harbour"]
    address = f"/profiles/{profile.pk}/publish/{thread.pk}"
    assert owner.get(address, follow=True).redirect_chain[-1][0] == "/blogs"
    said = come_back(owner, walk(owner, harbour.address.removeprefix("http://")))
    assert f"Connected: {harbour.address}" in said
    assert "Publish on my blog" in owner.get(f"/profiles/{profile.pk}").content.decode()
    form = owner.get(address).content.decode()
    once = re.search(r'name="once" value="([^"]+)"', form)
    assert once is not None
    fields = {"blog": Blog.objects.get().pk, "as": "draft", "once": once[1]}
    places = {owner.post(address, fields)["Location"] for _ in range(2)}
    [place] = places
    row = BlogPost.objects.get()
    assert "On its way to your blog" in owner.get(place).content.decode()
    working.run(str(row.pk))
    assert harbour.entries[0].is_draft
    assert harbour.entries[0].url in owner.get(place).content.decode()
    a_story(text="Sun over the sea today.")
    assert "The thread has changed since" in owner.get(place).content.decode()
    assert owner.post(place, {"do": "again"}).status_code == HTTPStatus.SEE_OTHER
    turn(row)
    assert harbour.entries[0].properties["name"] == ["Sun over the sea today"]
    assert "Sent as a draft" in owner.get("/blogs").content.decode()
    assert "On your blog" in owner.get(f"/profiles/{profile.pk}").content.decode()
    removed = owner.post(f"/blogs/{Blog.objects.get().pk}/remove", follow=True).content.decode()
    assert views.REMOVED in removed.replace("&#x27;", "'")
    assert harbour.oauth.tokens == {}


def test_an_address_that_is_none_stays_in_the_form_with_a_sentence(owner: Client) -> None:
    answer = owner.post("/blogs", {"address": 'my "blog"'})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "This is no address of a blog." in answer.content.decode()
    assert "my &quot;blog&quot;" in answer.content.decode()


def test_who_says_no_there_has_nothing_connected(owner: Client, world: World) -> None:
    back = walk(owner, world.blogs["harbour"].address, do="deny")
    assert views.DENIED in come_back(owner, back)
    assert not Blog.objects.exists()


def test_an_answer_that_was_not_asked_for_is_dropped(owner: Client, world: World) -> None:
    back = walk(owner, world.blogs["harbour"].address)
    for wrong in ({"state": "x"}, {"iss": "https://elsewhere.example/"}, {"iss": ""}):
        assert connecting.STRANGE in come_back(owner, back.copy_merge_params(wrong))
        assert connecting.STRANGE in come_back(owner, back), "it was good once"
        assert not Blog.objects.exists()
        back = walk(owner, world.blogs["harbour"].address)
    stranger = Client()
    stranger.force_login(a_reader("charlie"))
    assert connecting.STRANGE in come_back(stranger, back)


def test_who_comes_back_too_late_begins_again(owner: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    back = walk(owner, world.blogs["harbour"].address)
    monkeypatch.setattr(views, "PATIENCE", -1)
    assert connecting.STRANGE in come_back(owner, back)
    assert owner.get("/blogs/connect")["Location"] == "/blogs"


def test_strangers_and_guests_see_nothing_of_it(ana: User, profile: Profile, thread: Thread) -> None:
    blog = a_blog(ana)
    row = a_post_on(blog, thread, State.UNSURE)
    own = [f"/blogs/{blog.pk}/remove", f"/blogs/posts/{row.pk}", f"/profiles/{profile.pk}/publish/{thread.pk}"]
    charlie, guest = Client(), Client()
    charlie.force_login(a_reader("charlie"))
    for address in own:
        for do in ("forget", "not-there", "again"):
            assert charlie.post(address, {"do": do, "blog": blog.pk}).status_code == HTTPStatus.NOT_FOUND
        assert guest.post(address)["Location"].startswith("/accounts/login/")
    for address in (*own[1:], "/blogs", "/blogs/connect", "/blogs/callback?code=a&state=b"):
        assert guest.get(address)["Location"].startswith("/accounts/login/")
    assert charlie.get(own[1]).status_code == charlie.get(own[2]).status_code == HTTPStatus.NOT_FOUND
    assert blog.address not in charlie.get("/blogs").content.decode()
    assert BlogPost.objects.get().state == State.UNSURE
    assert Blog.objects.exists()


def test_nobody_publishes_on_the_blog_of_another_or_the_thread_of_another(
    owner: Client, ana: User, profile: Profile, thread: Thread
) -> None:
    a_blog(ana)
    theirs = a_blog(a_reader("charlie"), 2)
    answer = owner.post(f"/profiles/{profile.pk}/publish/{thread.pk}", {"blog": theirs.pk})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    other = a_thread(2, first=500)
    assert owner.get(f"/profiles/{profile.pk}/publish/{other.pk}").status_code == HTTPStatus.NOT_FOUND
    assert owner.post(f"/profiles/{profile.pk}/publish/{other.pk}").status_code == HTTPStatus.NOT_FOUND
    assert not BlogPost.objects.exists()


def test_whose_entry_may_be_there_is_asked(owner: Client, ana: User, thread: Thread) -> None:
    row = a_post_on(a_blog(ana), thread, State.UNSURE)
    place = f"/blogs/posts/{row.pk}"
    assert "Is it on your blog?" in owner.get(place).content.decode()
    wrong = owner.post(place, {"do": "there", "address": "there"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert publishing.NO_ADDRESS in wrong.content.decode()
    owner.post(place, {"do": "there", "address": "https://1.example/fog"})
    assert "See it on your blog" in owner.get(place).content.decode()
    assert owner.post(place, {"do": "nonsense"}).status_code == HTTPStatus.NOT_FOUND
    assert owner.post(place, {"do": "forget"})["Location"] == "/blogs"
    assert not BlogPost.objects.exists()


def test_a_blog_whose_key_is_void_asks_to_be_connected_again(owner: Client, ana: User, thread: Thread) -> None:
    blog = a_blog(ana)
    row = a_post_on(blog, thread, State.FAILED)
    Blog.objects.update(sentence="Please connect it again.")
    assert "Connect again" in owner.get("/blogs").content.decode()
    page = owner.get(f"/blogs/posts/{row.pk}").content.decode()
    assert "Connect the blog again" in page
    assert "Try again" not in page
    assert owner.post(f"/blogs/posts/{row.pk}", {"do": "again"}).status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_private_thread_says_that_its_entry_is_for_everybody(
    owner: Client, ana: User, profile: Profile, thread: Thread
) -> None:
    a_blog(ana)
    address, said = f"/profiles/{profile.pk}/publish/{thread.pk}", "everybody can read it"
    assert said not in owner.get(address).content.decode()
    Thread.objects.filter(pk=thread.pk).update(private=True)
    Saved.objects.create(user=ana, thread=thread)
    assert said in owner.get(address).content.decode()


def test_what_may_be_there_is_not_forgotten_before_its_owner_looked(owner: Client, ana: User, thread: Thread) -> None:
    row = a_post_on(a_blog(ana), thread, State.UNSURE)
    page = owner.post(f"/blogs/posts/{row.pk}", {"do": "forget"})
    assert page.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert publishing.SAY_FIRST in page.content.decode()
    assert BlogPost.objects.exists()


def test_pages_cost_the_same_for_one_and_for_many(
    owner: Client, ana: User, profile: Profile, thread: Thread, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    row = a_post_on(a_blog(ana), thread)
    addresses = (
        "/blogs",
        f"/blogs/posts/{row.pk}",
        f"/profiles/{profile.pk}",
        f"/profiles/{profile.pk}/publish/{thread.pk}",
    )
    numbers = []
    for count in (1, 6):
        for number in range(count):
            blog = Blog.objects.filter(address=f"https://{count + number}0.example/").first()
            story = a_story(first=1000 * count + 10 * number)
            a_post_on(blog or a_blog(ana, (count + number) * 10), story)
        spent = []
        for address in addresses:
            with django_assert_max_num_queries(14) as queries:
                assert owner.get(address).status_code == HTTPStatus.OK
            spent.append(len(queries))
        numbers.append(spent)
    assert numbers[0] == numbers[1]


def test_blogs_may_ask_who_we_are(client: Client) -> None:
    facts = client.get("/blogs/client").json()
    assert facts["client_id"] == "http://localhost:8000/blogs/client"
    assert facts["redirect_uris"] == ["http://localhost:8000/blogs/callback"]
    assert facts["client_id"].startswith(facts["client_uri"])


def test_no_page_shows_a_key(owner: Client, ana: User, profile: Profile, thread: Thread, world: World) -> None:
    harbour = world.blogs["harbour"]
    blog = connected(ana, harbour)
    row = publish(blog, thread)
    [(access, token)] = harbour.oauth.tokens.items()
    for address in ("/blogs", f"/blogs/posts/{row.pk}", f"/profiles/{profile.pk}/publish/{thread.pk}"):
        page = owner.get(address).content.decode()
        assert access not in page
        assert token.refresh not in page
        assert blog.sealed not in page
    assert httpx.get(row.url).status_code == HTTPStatus.OK
