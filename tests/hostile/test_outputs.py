"""What networks say, with hostile words in every field, through the real parsers into everything we make of it."""

import csv
import io
import json
import re
from email import message_from_bytes, policy
from html.parser import HTMLParser
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from markdown_it import MarkdownIt
from pytest_django import Settings

from accounts import mail
from tests.api.calling import Program
from tests.exports.books import opened
from tests.exports.reading import read
from tests.follows import a_reader
from tests.hostile.poison import EVIL, FOLDERS, thread
from tests.operating import an_operator
from unroller import mail as letters
from unroller.actions import follows, threads
from unroller.core.posts import Thread as Document
from unroller.exports import blog, epub, markdown, pdf, text
from unroller.exports import json as as_json
from unroller.mail import Group
from unroller.models import Author, Cadence, Parcel, Thread

pytestmark = pytest.mark.django_db

ALIVE = frozenset({"script", "iframe", "object", "embed", "style", "base", "form", "svg", "math", "template"})
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
ADDRESSES = frozenset(
    {"href", "src", "poster", "action", "formaction", "data", "srcset", "content", "cite", "background"}
)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


class Page(HTMLParser):
    """Which tags a browser would find, and what they would do."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        assert "{{7*7}}" not in data

    def alive(self, *, ours: str = "/static/") -> list[str]:
        """What would run, load from elsewhere by itself, or lead to a script."""
        found = []
        for tag, values in self.tags:
            found += [f"{tag} {name}" for name in values if name.startswith("on") or name in {"style", "srcdoc"}]
            found += [f"{tag} {name}={values[name]}" for name in ADDRESSES & values.keys() if _is_script(values[name])]
            if tag in {"img", "script", "link", "iframe"} and "evil.invalid" in values.get("src", ""):
                found.append(f"{tag} of theirs")
        return found


def _is_script(address: str) -> bool:
    return re.sub(r"[\s\x00-\x20]", "", address).lower().startswith(("javascript:", "data:", "vbscript:"))


def stored(case: str) -> tuple[Document, Thread]:
    """Listed, also where its author asks not to be, so that it has every page."""
    found = thread(case)
    row = threads.save(found, None)
    Author.objects.update(unlisted=False)
    Thread.objects.update(unlisted=False)
    return found, Thread.objects.select_related("author").get(pk=row.pk)


@pytest.fixture(params=FOLDERS)
def pair(request: pytest.FixtureRequest, settings: Settings) -> tuple[Document, Thread]:
    """A poisoned thread as data, and as it is stored."""
    settings.BILLING_ENABLED = False
    return stored(request.param)


def page(client: Client, address: str) -> Page:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return Page(answer.content.decode())


def test_pages_run_nothing_and_load_nothing_from_elsewhere(client: Client, pair: tuple[Document, Thread]) -> None:
    _, row = pair
    reader = a_reader("bob", premium=True)
    follows.follow(reader, row.author, Cadence.DAILY)
    shown = page(client, row.get_absolute_url())
    assert "{{7*7}}" in shown.text
    client.force_login(reader)
    client.post(f"{row.get_absolute_url()}/save")
    addresses = [
        row.get_absolute_url(),
        row.author.get_absolute_url(),
        "/search?q=hyperlink",
        "/my-authors",
        "/library",
    ]
    for address in addresses:
        found = page(client, address)
        assert found.alive() == [], address
        assert "49{% debug" not in found.text
        scripts = [values for tag, values in found.tags if tag == "script"]
        assert all(each.get("src", "").startswith("/static/") or "json" in each.get("type", "") for each in scripts)
        assert not {tag for tag, _ in found.tags} & (ALIVE - {"script", "form", "svg", "template"})


def test_the_admin_runs_nothing(client: Client, pair: tuple[Document, Thread]) -> None:
    _, row = pair
    operator = an_operator(client)
    for address in (
        "/admin/unroller/thread/",
        f"/admin/unroller/thread/{row.pk}/change/",
        "/admin/unroller/author/",
        f"/admin/unroller/author/{row.author_id}/change/",
    ):
        assert page(operator, address).alive() == []


def test_feeds_are_well_formed_and_their_html_is_tame(client: Client, pair: tuple[Document, Thread]) -> None:
    _, row = pair
    answer = client.get(f"{row.author.get_absolute_url()}/feed")
    words = answer.content.decode()
    assert not CONTROLS.search(words)
    for entry in ET.fromstring(words).iter("{http://www.w3.org/2005/Atom}summary"):
        inner = Page(entry.text or "")
        assert inner.alive() == []
        assert not {tag for tag, _ in inner.tags} & ALIVE


def test_json_says_the_words_as_words(client: Client, pair: tuple[Document, Thread]) -> None:
    found, row = pair
    answer = client.get(f"{row.get_absolute_url()}.json")
    assert answer["Content-Type"] == "application/json"
    json.loads(answer.content)
    json.loads(as_json.export(found))
    program = Program(a_reader("alice", premium=True))
    told = program.get(f"/threads/{row.source}/{row.path}")
    if told.status_code == 200:
        assert told["Content-Type"].startswith("application/json")
        assert not CONTROLS.search(str(json.loads(told.content)))


def test_markdown_holds_no_html_and_no_link_that_runs(pair: tuple[Document, Thread]) -> None:
    found, _ = pair
    shown = Page(MARKDOWN.render(markdown.export(found)))  # with its front matter, as a careless reader does
    assert shown.alive() == []
    assert not {tag for tag, _ in shown.tags} & ALIVE
    tokens = MARKDOWN.parse(markdown.export(found))
    every = [*tokens, *(inner for token in tokens for inner in token.children or [])]
    assert [token.content for token in every if token.type in {"html_block", "html_inline"}] == []
    assert not CONTROLS.search(text.export(found))


def test_books_are_well_formed_and_run_nothing(pair: tuple[Document, Thread]) -> None:
    found, _ = pair
    book = opened(epub.export(found, {}, address="https://unroller.example/thread"))
    for name, body in book.files.items():
        if name.endswith((".xhtml", ".opf", ".ncx")):
            shown = Page(body.decode())
            assert shown.alive() == [], name
            assert not {tag for tag, _ in shown.tags} & {"script", "iframe", "object", "embed", "form"}


def test_paper_obeys_nobody_and_reads_no_file(pair: tuple[Document, Thread]) -> None:
    found, _ = pair
    (file,) = pdf.export(found, {}, address="https://unroller.example/thread")
    assert b"/JavaScript" not in file
    assert b"/Launch" not in file
    paper = read(file)
    assert "root:" not in str(paper)
    assert not any(_is_script(link) for link in paper.links)


def test_what_goes_to_a_blog_is_tame(pair: tuple[Document, Thread]) -> None:
    found, _ = pair
    shown = Page(blog.content(found, {}))
    assert shown.alive() == []
    assert not {tag for tag, _ in shown.tags} & ALIVE


def test_a_sheet_of_cells_begins_no_formula(client: Client, pair: tuple[Document, Thread]) -> None:
    _, row = pair
    reader = a_reader("bob", premium=True)
    follows.follow(reader, row.author, Cadence.DAILY)
    client.force_login(reader)
    rows = list(csv.reader(io.StringIO(client.get("/my-authors.csv").content.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    ET.fromstring(client.get("/my-authors.opml").content)


def mails(row: Thread) -> list[EmailMessage]:
    """Mail that holds words of networks, or of strangers."""
    parcel = Parcel(to="bob@example.com")
    group = Group(row.author, UUID(int=1), (row,))
    note = mail.send("contact_message", "us@example.com", dict.fromkeys(("message", "name", "subject"), EVIL))
    return [
        letters.thread_for_you(parcel, row, sender=EVIL, note=EVIL, token=f"{'0' * 64}:{'s' * 30}"),
        letters.for_kindle(parcel, row, name="thread.epub", book=b"PK"),
        letters.Press().new_threads("bob@example.com", (group,), stop_all=UUID(int=2), message_id=UUID(int=3)),
        mail.message_of(note),
    ]


HEADERS = {
    *("content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to", "date", "message-id"),
    *("auto-submitted", "list-unsubscribe", "list-unsubscribe-post", "list-id", "reply-to", "list-help"),
}


def test_mail_has_the_headers_we_gave_it_and_no_others(pair: tuple[Document, Thread]) -> None:
    _, row = pair
    for made in mails(row):
        parsed = message_from_bytes(made.message().as_bytes(), policy=policy.default)
        assert {key.lower() for key in parsed} <= HEADERS
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", str(parsed["subject"]))
        (html,) = [str(part.content) for part in getattr(made, "alternatives", [])]
        shown = Page(html)
        assert [each for each in shown.alive() if not each.endswith(" style")] == []
        assert not {tag for tag, _ in shown.tags} & {"script", "iframe", "object", "embed", "form", "svg"}
        assert "evil@evil.invalid" not in str(parsed.get_all("bcc", []))
