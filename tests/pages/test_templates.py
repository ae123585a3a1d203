"""What holds for every page, whatever it is fed."""

import json
from collections.abc import Callable
from itertools import pairwise

import pytest

from tests.pages.cast import BEGINNING, a_post, a_thread, rendered
from tests.pages.document import Element, read
from tests.pages.making import EVIL, EVIL_URL, a_job_page, author_page, every_thread, home_page, hostile, thread_page
from unroller import media

BOOKMARK = "javascript:location.href='http://localhost:8000/unroll?url='+encodeURIComponent(location.href)"
"""For a reader's bookmarks; on our own page it does nothing, since our policy on content forbids it."""
TAKEN = ("https://", "http://", "/", "#", "mailto:", "?page=", BOOKMARK)
"""How an address on a page may begin."""
NOTICES = ("400.html", "403.html", "404.html", "410.html", "429.html", "500.html", "503.html")


PAGES: dict[str, Callable[[], str]] = {
    "thread": lambda: thread_page(every_thread()),
    "one post": lambda: thread_page(a_thread(a_post(""))),
    "home": lambda: home_page(every_thread()),
    "home with an error": lambda: home_page(every_thread(), error="This is not a link to a post."),
    "author": lambda: author_page(every_thread()),
    "author without threads": lambda: author_page(every_thread(), count=0),
    "running job": lambda: a_job_page(posts_seen=37),
    "waiting job": lambda: a_job_page(state="queued", sentence="X asks us to wait.", until=BEGINNING),
    "failed job": lambda: a_job_page(state="failed", sentence="This post does not exist."),
    "finished refresh": lambda: a_job_page(state="done", landing="/thread/x/1", outcome={"added": 1}),
    **{name: (lambda name=name: rendered(name)) for name in NOTICES},  # type: ignore[misc]
}
HOSTILE: dict[str, Callable[[], str]] = {
    "thread": lambda: thread_page(hostile()),
    "home": lambda: home_page(hostile(), text=EVIL, error=EVIL),
    "author": lambda: author_page(hostile()),
    "failed job": lambda: a_job_page(state="failed", sentence=EVIL, link=EVIL),
    "waiting job": lambda: a_job_page(state="queued", sentence=EVIL, until=BEGINNING),
    "gone": lambda: rendered("410.html", sentence=EVIL),
}

every_page = pytest.mark.parametrize("make", PAGES.values(), ids=PAGES.keys())
all_pages = pytest.mark.parametrize(
    "make", [*PAGES.values(), *HOSTILE.values()], ids=[*PAGES, *(f"hostile {name}" for name in HOSTILE)]
)


@all_pages
def test_nothing_on_a_page_can_run_but_our_own_files(make: Callable[[], str]) -> None:
    page = read(make())
    for element in page.walk():
        assert element.tag not in {"style", "iframe", "object", "embed", "base"}
        assert not [name for name in element.attributes if name.startswith("on") or name in {"style", "srcdoc"}]
        for name in ("href", "src", "action", "poster", "formaction"):
            assert name not in element.attributes or element[name].startswith(TAKEN), (element.tag, element[name])
    for script in page.all("script"):
        if script.get("src"):
            assert script["src"].startswith("/static/")
            assert not script.children
        else:
            assert script["type"] == "application/ld+json"
            json.loads("".join(str(piece) for piece in script.children))


@all_pages
def test_pictures_come_from_this_site_and_hold_their_place(make: Callable[[], str]) -> None:
    for image in read(make()).all("img"):
        assert image["src"].startswith("/media/")
        assert "alt" in image.attributes
        assert int(image["width"]) > 0
        assert int(image["height"]) > 0


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_only_web_addresses_are_signed_for_the_proxy(make: Callable[[], str]) -> None:
    assert media.address(EVIL_URL) not in make()


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_are_shown_as_the_words_they_are(make: Callable[[], str]) -> None:
    page = read(make())
    assert "<script>alert(1)</script>" in page.text + "".join(box.get("value") for box in page.all("input"))


@all_pages
def test_ids_are_unique_and_references_lead_somewhere(make: Callable[[], str]) -> None:
    page = read(make())
    ids = [element["id"] for element in page.walk() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.walk():
        for name in ("aria-labelledby", "aria-describedby"):
            assert element.get(name) in {"", *ids}
        if element.tag == "a" and element.get("href").startswith("#"):
            assert element["href"][1:] in ids


@every_page
def test_a_screen_reader_can_walk_every_page(make: Callable[[], str]) -> None:
    page = read(make())
    assert page.one("html")["lang"] == "en"
    assert page.one("title").text
    assert page.one("main")["id"] == "main"
    assert page.one("h1").inside("main")
    levels = [int(each.tag[1]) for each in page.walk() if each.tag in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(_is_named(each) for each in (*page.all("button"), *page.all("a"), *page.all("summary")))
    assert all(each.get("aria-label") or each.inside("label") for each in page.all("input"))


@pytest.mark.parametrize("make", [make for name, make in PAGES.items() if name != "500.html"])
def test_every_page_has_a_skip_link_a_home_link_and_a_named_navigation(make: Callable[[], str]) -> None:
    page = read(make())
    assert page.all("a")[0]["href"] == "#main"
    assert page.one("a", kind="brand")["href"] == "/"
    assert all(each["aria-label"] for each in page.all("nav"))


@every_page
def test_forms_carry_no_token_and_go_to_this_site(make: Callable[[], str]) -> None:
    for form in read(make()).all("form"):
        assert not form.all("input", name="csrfmiddlewaretoken")
        assert form.get("action") in {"/unroll", "/search", ""} or form["action"].endswith("/refresh")
        assert form.get("action") or form["id"] == "reading"


def _is_named(element: Element) -> bool:
    alts = [image.get("alt") for image in element.all("img")]
    return bool(element.text or element.get("aria-label") or any(alts))
