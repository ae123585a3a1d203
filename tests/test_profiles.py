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


def test_a_link_has_one_owner_at_most() -> None:
    texts = ["@ana", "ana.bsky.social", "@ana@mastodon.example", "https://x.com/ana", "https://mastodon.example/@ana"]
    for text in texts:
        assert len([each for each in networks.followables().values() if each.match_profile(text)]) == 1


def test_people_of_every_network_can_be_followed() -> None:
    assert networks.followables().keys() == networks.sources().keys()
    assert all(isinstance(each, Followable) for each in networks.sources().values())
