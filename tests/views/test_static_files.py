"""While one release follows the other, a page of one finds its style at a web process of the other."""

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
OTHER = "0123456789ab"


def test_a_file_of_another_release_is_the_one_that_is_here_and_kept_by_nobody(client: Client) -> None:
    page = client.get("/").content.decode()
    (ours,) = re.findall(r'href="(/static/site\.[0-9a-f]{12}\.css)"', page)
    theirs = client.get(re.sub(r"[0-9a-f]{12}", OTHER, ours))
    assert theirs.status_code == 200
    assert theirs["Content-Type"].startswith("text/css")
    assert theirs["Cache-Control"] == "no-store"
    assert b"".join(theirs).decode().count("{") == b"".join(client.get(ours)).decode().count("{") > 50


NONE = (f"no.{OTHER}.css", "no.css", f"%2e%2e/secret-key.{OTHER}.txt", f"a%00b.{OTHER}.css", f"help.{OTHER}.", "help/")
NOT_SERVED = ("/.git/config", "/.env", "/compose.yaml", "/static/", "/static", "/static/admin/", "/static/.git/config")


@pytest.mark.parametrize("path", NOT_SERVED)
def test_no_folder_is_listed_and_no_file_of_the_repository_handed_out(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_file_of_ours_is_none(client: Client, name: str) -> None:
    assert client.get(f"/static/{name}").status_code in {400, 404}
