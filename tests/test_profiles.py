"""Whom a handle or a link to a profile names, whichever network it is of."""

import pytest
from django.conf import settings

from unroller import networks
from unroller.core.errors import NotAProfile
from unroller.sources.following import Followable, ProfileRef

X = ProfileRef("x", "ana")
SKY = ProfileRef("bluesky", "ana.bsky.social")
HOME = ProfileRef("mastodon", "mastodon.example/ana")


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("@ana", X),
        (" Ana\n", X),
        ("\u200e@ana\u200b", X),
        ("<https://x.com/ana>", X),
        ("https://twitter.com/Ana", X),
        ("@ana.bsky.social", SKY),
        ("https://bsky.app/profile/ana.bsky.social", SKY),
        ("did:plc:ewvi7nxzyoun6zhxrhs64oiz", ProfileRef("bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz")),
        ("@ana@mastodon.example", HOME),
        ("https://mastodon.example/@ana", HOME),
        (f"{settings.SITE_URL}/author/x/Ana", X),
        (f"{settings.SITE_URL}/author/bluesky/ana.bsky.social/feed", SKY),
        (f"{settings.SITE_URL}/author/mastodon/ana@mastodon.example", HOME),
    ],
)
def test_each_network_knows_its_own_people(text: str, ref: ProfileRef) -> None:
    assert networks.find_profile(text) == ref


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "@",
        "ana lind",
        "https://x.com/home",
        "https://x.com/ana/status/1900000000000000001",
        "https://bsky.app/profile/ana.bsky.social/post/3lbq2wsxk5c2f",
        "https://mastodon.example/@ana/113456789012345678",
        "https://example.com/",
        "javascript:alert(1)",
        "a" * 600,
        "a." * 400 + "example",
        f"{settings.SITE_URL}/author/x/ana.lind",
        "@an\0a",
        "an\ud800a",
    ],
)
def test_anything_else_is_no_profile(text: str) -> None:
    with pytest.raises(NotAProfile):
        networks.find_profile(text)


@pytest.mark.parametrize(
    ("link", "ref"),
    [
        ("https://x.com/Ana/status/1900000000000000001", X),
        (" <https://mobile.twitter.com/ana/status/1900000000000000001/photo/1?s=20> ", X),
        ("x.com/ana/status/1900000000000000001", X),
        ("https://bsky.app/profile/ana.bsky.social/post/3lbq2wsxk5c2f", SKY),
        (
            "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz/post/3lbq2wsxk5c2f",
            ProfileRef("bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        ),
        (
            "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lbq2wsxk5c2f",
            ProfileRef("bluesky", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        ),
        ("https://mastodon.example/@ana/113456789012345678", HOME),
        ("https://mastodon.example/users/ana/statuses/113456789012345678", HOME),
        ("https://copies.example/@ana@mastodon.example/113456789012345678", HOME),
        ("@ana", X),
        ("https://mastodon.example/@ana", HOME),
    ],
)
def test_a_link_to_a_post_is_cut_down_to_whose_it_is(link: str, ref: ProfileRef) -> None:
    assert networks.find_profile(networks.profile_link(link)) == ref


@pytest.mark.parametrize(
    "text",
    [
        "https://x.com/i/status/1900000000000000001",
        "https://x.com/i/web/status/1900000000000000001",
        "https://mastodon.example/notice/113456789012345678",
        "https://medium.com/@ana/113456789012345678",
        "look: https://x.com/ana/status/1900000000000000001",
    ],
)
def test_a_link_that_does_not_say_whose_it_is_names_nobody(text: str) -> None:
    with pytest.raises(NotAProfile):
        networks.find_profile(networks.profile_link(text))


def test_a_link_has_one_owner_at_most() -> None:
    texts = ["@ana", "ana.bsky.social", "@ana@mastodon.example", "https://x.com/ana", "https://mastodon.example/@ana"]
    for text in texts:
        assert len([each for each in networks.followables().values() if each.match_profile(text)]) == 1


def test_people_of_every_network_can_be_followed() -> None:
    assert networks.followables().keys() == networks.sources().keys()
    assert all(isinstance(each, Followable) for each in networks.sources().values())
