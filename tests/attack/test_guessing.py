"""Secrets in addresses: whatever is not letter by letter the right one is as unknown as any other."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.attack.people import alice, named_by, of_nobody, secret_of
from tests.follows import a_reader
from unroller import media
from unroller.models import FileGift, PrivateLink, Reader

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

PICTURE = "https://pbs.example/1.jpg"
CHANGING = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|<code>[0-9a-f]{32}</code>')
"""The forms' token, and the number of the request."""
NOBODY = "00000000-0000-0000-0000-00000000000f"


@pytest.fixture
def owner() -> User:
    return alice()


def flipped(secret: str) -> Iterator[str]:
    """A secret with each of its characters changed in turn, one too few, one too many, and in other letters."""
    for at, letter in enumerate(secret):
        yield f"{secret[:at]}{'B' if letter != 'B' else 'C'}{secret[at + 1 :]}"
    yield from (secret[:-1], f"{secret}A", secret.swapcase(), "A" * len(secret))


def test_a_private_link_and_a_gift_open_for_the_whole_secret_alone(owner: User, client: Client) -> None:
    for made, place in ((PrivateLink, "private"), (FileGift, "gift-file")):
        row = made._default_manager.get(user=owner)
        assert client.get(f"/{place}/{secret_of(row)}").status_code == 200
        unknown = client.get(f"/{place}/{'A' * 43}").status_code
        assert {client.get(f"/{place}/{each}").status_code for each in flipped(secret_of(row))} <= {404, unknown}
        assert unknown in {404, 410}, "as one that has ended"


def test_a_secret_opens_nothing_of_another_kind(owner: User, client: Client) -> None:
    link, gift = PrivateLink.objects.get(user=owner), FileGift.objects.get(user=owner)
    for path in (
        f"/gift-file/{secret_of(link)}",
        f"/private/{secret_of(gift)}",
        f"/authors-rights/ask/{secret_of(link)}",
    ):
        assert client.get(path).status_code in {404, 410}


def test_a_picture_is_fetched_for_the_whole_signature_alone(client: Client) -> None:
    _, _, signature, encoded = media.address(PICTURE).split("/")
    assert media.original(signature, encoded) == PICTURE
    for each in flipped(signature):
        assert media.original(each, encoded) is None
        assert client.get(f"/media/{each}/{encoded}").status_code == 404
    for each in flipped(encoded):
        assert media.original(signature, each) in {None, PICTURE}  # the last letter has bits that mean nothing
    assert client.get(f"/media/{'é' * 16}/{encoded}").status_code == 404
    assert media.brought_from(f"{PICTURE}#brought-1-é") == (f"{PICTURE}#brought-1-é", None)


def test_a_feed_opens_for_the_whole_secret_alone(owner: User, client: Client) -> None:
    token = str(Reader.objects.get(user=owner).feed_token)
    assert client.get(f"/feed/{token}").status_code == 200
    wrong = [each for each in flipped(token) if each != token.upper()]
    assert {client.get(f"/feed/{each}").status_code for each in [*wrong, NOBODY]} == {404}


def test_a_token_that_stops_no_mail_tells_nothing(owner: User, client: Client) -> None:
    """The page says the same for an address that was never sent and for one that is over."""
    over = NOBODY.replace("f", "e")
    Reader.objects.filter(user=owner).update(mail_token=over)
    owner.delete()
    assert asked(client, f"/mail/stop/{NOBODY}") == asked(client, f"/mail/stop/{over}")


def test_what_is_somebody_elses_is_answered_as_what_is_not_there(owner: User, client: Client) -> None:
    """Same status, same words, and as many questions to the database: time tells nothing either."""
    client.force_login(a_reader("charlie", premium=True))
    mine = named_by(owner)
    places = {
        "/library/{}": "saved_id",
        "/library/import/{}": "import_id",
        "/library/export/{}/1": "export_id",
        "/archives/{}": "archive_id",
        "/profiles/claims/{}": "claim_id",
        "/profiles/{}": "profile_id",
        "/my-authors/find/{}": "lookup_id",
        "/blogs/posts/{}": "post_id",
    }
    for place, name in places.items():
        nobody = NOBODY if "-" in mine[name] else "2147483000"
        seen = [asked(client, place.format(each)) for each in (mine[name], nobody)]
        assert seen[0][0] == seen[1][0] == 404, place
        assert seen[0] == seen[1], place
        assert seen[0][0] == 404, place


def test_ids_of_jobs_and_files_that_nobody_has_are_404(owner: User, client: Client) -> None:
    file = of_nobody(owner)["file_id"][0]
    for path in (f"/unroll/{NOBODY}", f"/file/{NOBODY}", f"/file/{file[:-1]}{'0' if file[-1] != '0' else '1'}"):
        assert client.get(path).status_code == 404


def asked(client: Client, path: str) -> tuple[int, bytes, int]:
    """Status, words without the address itself, and questions to the database."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert isinstance(answer, HttpResponse)
    return answer.status_code, CHANGING.sub(b"", answer.content.replace(path.encode(), b"...")), len(queries)
