"""What mails about new threads say, as text and as HTML, of ordinary and of hostile threads."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from tests.followers import an_author
from tests.pages.document import Element, read
from tests.pages.making import EVIL
from tests.threads import BEGINNING, MARA
from unroller.core.posts import Person
from unroller.core.text import is_web, without_direction_marks
from unroller.mail import MOST_THREADS, Group, Press
from unroller.models import Author, Thread

IRIS = Person(id="2", handle="iris@hachyderm.example", name="Iris :blobcat:", url="https://hachyderm.example/@iris")
SITE = "http://localhost:8000"


def author(person: Person = MARA, source: str = "x") -> Author:
    return Author(id=int(person.id), source=source, handle=person.handle, name=person.name, url=person.url)


def a_row(number: int = 1, *, by: Author | None = None, **changes: object) -> Thread:
    by = by or author()
    values: dict[str, object] = {
        "id": number,
        "source": by.source,
        "path": str(number),
        "author": by,
        "title": f"How lighthouses talk, part {number}",
        "excerpt": "Stand on the pier at night. Count the seconds between two flashes.",
        "language": "en",
        "direction": "ltr",
        "post_count": 14,
        "reading_minutes": 6,
        "posted_at": BEGINNING,
    }
    return Thread(**(values | changes))


def a_group(*threads: Thread) -> Group:
    return Group(threads[0].author, uuid4(), threads)


def a_mail(
    *groups: Group, to: str = "bob@example.com", message_id: UUID | None = None, stop_all: UUID | None = None
) -> EmailMultiAlternatives:
    return Press().new_threads(to, groups, message_id=message_id or uuid4(), stop_all=stop_all or uuid4())


def words(mail: EmailMultiAlternatives) -> tuple[str, str]:
    """Its text and its HTML."""
    return str(mail.body), str(mail.alternatives[0][0])


def page(mail: EmailMultiAlternatives) -> Element:
    return read(words(mail)[1])


def sent(mail: EmailMultiAlternatives) -> EmailMessage:
    """The mail as it goes over the wire."""
    parsed = message_from_bytes(mail.message().as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


# One thread, one author, many


def test_a_mail_about_one_thread_says_whose_it_is_and_what_it_is_about() -> None:
    group = a_group(a_row())
    mail = a_mail(group)
    assert mail.subject == "Mara Lindqvist: How lighthouses talk, part 1"
    for part in words(mail):
        assert "Mara Lindqvist" in part
        assert "How lighthouses talk, part 1" in part
        assert "Count the seconds between two flashes." in part
        assert "14 posts · 6 min read" in part
        assert f"{SITE}/thread/x/1" in part
        assert f"{SITE}/mail/stop/{group.token}" in part
        assert f"{SITE}/my-authors" in part
        assert "You get this mail because you follow" in part
    assert page(mail).one("h3").one("a")["href"] == f"{SITE}/thread/x/1"


def test_a_digest_is_grouped_by_author_and_each_can_be_stopped() -> None:
    iris = author(IRIS, "mastodon")
    groups = a_group(a_row(1), a_row(2)), a_group(a_row(3, by=iris, post_count=1, reading_minutes=1))
    all_token = uuid4()
    mail = a_mail(*groups, stop_all=all_token)
    assert mail.subject == "3 new threads by Mara Lindqvist and Iris"
    for part in words(mail):
        places = [part.index(f"part {number}") for number in (1, 2, 3)]
        assert part.index("@maralind") < places[0] < places[1] < part.index("@iris@hachyderm.example") < places[2]
        assert "1 post · 1 min read" in part
        assert [part.count(str(token)) for token in (groups[0].token, groups[1].token, all_token)] == [1, 1, 1]
    assert [heading.text for heading in page(mail).all("h2")] == [
        "Mara Lindqvist @maralind on X",
        "Iris @iris@hachyderm.example on Mastodon",
    ]


def test_a_subject_names_a_few_and_counts_the_others() -> None:
    people = [author(Person(id=str(n), handle=f"h{n}", name=f"Author {n}", url="https://x.com/h")) for n in range(1, 7)]
    groups = [a_group(a_row(number, by=person)) for number, person in enumerate(people, start=1)]
    assert a_mail(*groups[:3]).subject == "3 new threads by Author 1, Author 2 and Author 3"
    assert a_mail(*groups[:4]).subject == "4 new threads by Author 1, Author 2, Author 3 and 1 other"
    assert a_mail(*groups).subject == "6 new threads by Author 1, Author 2, Author 3 and 3 others"
    assert a_mail(a_group(a_row(1), a_row(2))).subject == "2 new threads by Mara Lindqvist"


def test_a_thread_without_words_has_a_subject_too() -> None:
    mail = a_mail(a_group(a_row(title="", excerpt="")))
    assert mail.subject == "A new thread by Mara Lindqvist"
    for part in words(mail):
        assert "A thread by Mara Lindqvist" in part


def test_a_long_digest_shows_so_many_threads_and_counts_the_rest() -> None:
    iris = author(IRIS)
    groups = a_group(*(a_row(number) for number in range(1, 48))), a_group(*(a_row(n, by=iris) for n in range(48, 60)))
    third = a_group(a_row(60, by=author(Person(id="3", handle="cy", name="Cy", url="https://x.com/cy"))))
    mail = a_mail(*groups, third)
    assert mail.subject.startswith("60 new threads")
    text, _ = words(mail)
    assert text.count("14 posts") == len(page(mail).all("h3")) == MOST_THREADS
    assert "And 10 more" in text
    assert "And 10 more" in page(mail).text
    assert str(third.token) not in text


# What mail programs read


def test_the_button_of_mail_programs_stops_what_the_mail_is_about() -> None:
    one, stop_all = a_group(a_row()), uuid4()
    two = one, a_group(a_row(2, by=author(IRIS)))
    for groups, token in (((one,), one.token), (two, stop_all)):
        headers = sent(a_mail(*groups, stop_all=stop_all))
        assert headers["List-Unsubscribe"].strip() == f"<{SITE}/mail/stop/{token}>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert headers["List-Id"] == "New threads <new-threads.localhost>"
        assert headers["Precedence"] is None


def test_a_mail_that_is_tried_again_is_the_same_mail() -> None:
    name = uuid4()
    assert {sent(a_mail(a_group(a_row()), message_id=name))["Message-ID"] for _ in range(2)} == {f"<{name}@localhost>"}


def test_the_mail_is_text_and_html_without_pictures_scripts_or_anything_from_elsewhere() -> None:
    mail = sent(a_mail(a_group(a_row()), a_group(a_row(2, by=author(IRIS)))))
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    body = mail.get_body(("html",))
    assert body is not None
    html = body.get_content()
    for word in ("<img", "<script", "<link", "<iframe", "url(", "@import", "onclick"):
        assert word not in html
    assert "prefers-color-scheme: dark" in html


# Many copies


def test_copies_differ_in_nothing_but_what_is_their_readers() -> None:
    press, thread, other = Press(), a_row(), a_row(2, by=author(IRIS))
    mails = []
    for number in range(3):
        groups = Group(thread.author, uuid4(), (thread,)), Group(other.author, uuid4(), (other,))
        name, stop_all, to = uuid4(), uuid4(), f"reader{number}@example.com"
        mail = press.new_threads(to, groups, message_id=name, stop_all=stop_all)
        arrived = sent(mail)
        assert (mail.to, arrived["To"], arrived["Message-ID"]) == ([to], to, f"<{name}@localhost>")
        mine = (stop_all, groups[0].token, groups[1].token)
        for part, body in zip(words(mail), (arrived.get_body(("plain",)), arrived.get_body(("html",))), strict=True):
            assert body is not None
            assert body.get_content().strip() == part.strip()
            assert [part.count(str(token)) for token in mine] == [1, 1, 1]
            assert set(re.findall(r"/mail/stop/([0-9a-f-]{36})", part)) == set(map(str, mine))
        mails.append(words(mail))
    assert len(set(mails)) == 3


def test_a_thread_that_changed_is_shown_as_it_is_now() -> None:
    press, token = Press(), uuid4()
    for version, title in ((1, "The first wording"), (2, "The better wording")):
        thread = a_row(title=title, version=version)
        mail = press.new_threads(
            "a@b.example", (Group(thread.author, token, (thread,)),), message_id=token, stop_all=token
        )
        assert title in mail.subject
        assert title in mail.body


@pytest.mark.parametrize("to", ["bob@example.com", "jürgen@example.com", "bob@bücher.example", '"a b"@example.com'])
def test_every_address_gets_a_copy_of_its_own(to: str) -> None:
    mail = a_mail(a_group(a_row()), to=to)
    assert mail.to == [to]
    assert "blank.invalid" not in mail.message().as_bytes().decode("utf-8", "replace")


def test_words_too_long_for_a_line_of_mail_arrive_whole_and_with_the_right_tokens() -> None:
    group = a_group(a_row(excerpt="e" + "\u0301" * 3_000))
    mail = a_mail(group)
    raw = mail.message().as_bytes(linesep="\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    text = sent(mail).get_body(("plain",))
    assert text is not None
    assert str(group.token) in text.get_content()
    assert "\u0301" * 3_000 in text.get_content()


# Hostile and foreign words


def test_hostile_names_and_titles_stay_words() -> None:
    evil = author(Person(id="6", handle="evil", name=EVIL, url="https://x.com/evil"))
    title = without_direction_marks(EVIL)  # as core.titles leaves it
    mail = a_mail(a_group(a_row(by=evil, title=title, excerpt=title, language='"><b>', direction="rtl")))
    html = page(mail)
    assert not html.all("script")
    assert not html.all("img")
    assert all(is_web(link["href"]) for link in html.all("a"))
    assert html.one("h3")["lang"] == '"><b>'
    assert "<script>alert(1)</script>" in words(mail)[0]
    assert not any("\u202e" in part for part in (mail.subject, *words(mail)))


def test_a_name_cannot_add_a_header_or_a_recipient() -> None:
    evil = author(
        Person(id="6", handle="evil", name="A\r\nBcc: all@example.com\r\n\r\nHello", url="https://x.com/evil")
    )
    mail = sent(a_mail(a_group(a_row(by=evil, title="Two\nlines"))))
    assert mail["Bcc"] is None
    assert "\n" not in str(mail["Subject"])
    assert mail.get_content_type() == "multipart/alternative"


def test_a_name_of_nothing_but_marks_and_pictures_becomes_the_handle() -> None:
    nameless = author(Person(id="6", handle="nameless", name=":blobcat: \u202e", url="https://x.com/nameless"))
    assert a_mail(a_group(a_row(by=nameless))).subject.startswith("@nameless: ")


def test_a_long_name_does_not_push_the_title_out_of_the_subject() -> None:
    long = author(Person(id="6", handle="long", name="Very " * 100, url="https://x.com/long"))
    assert "How lighthouses talk" in a_mail(a_group(a_row(by=long))).subject


def test_right_to_left_words_have_their_direction_and_language() -> None:
    title, excerpt = "لماذا تومض المنارات", "كل منارة لها إيقاع خاص بها."
    mail = a_mail(a_group(a_row(title=title, excerpt=excerpt, language="ar", direction="rtl"), a_row(2)))
    html = page(mail)
    shown = [(element["dir"], element["lang"], element.text) for element in html.all("h3")]
    assert shown == [("rtl", "ar", title), ("ltr", "en", "How lighthouses talk, part 2")]
    assert [(element["dir"], element["lang"]) for element in html.all("p", dir="rtl")] == [("rtl", "ar")]
    assert title in words(mail)[0]
    assert excerpt in words(mail)[0]


def test_custom_emoji_are_left_out_where_there_can_be_no_pictures() -> None:
    mail = a_mail(a_group(a_row(by=author(IRIS), title="Cats :blobcat: everywhere", excerpt="A :blobcat: here.")))
    assert mail.subject == "Iris: Cats everywhere"
    for part in words(mail):
        assert ":blobcat:" not in part


def test_what_the_site_is_called_is_a_setting(settings: Settings) -> None:
    settings.SITE_NAME, settings.SITE_URL, settings.CONTACT_EMAIL = (
        "Windings",
        "https://windings.example",
        "us@w.example",
    )
    mail = a_mail(a_group(a_row()))
    for part in words(mail):
        assert "Windings" in part
        assert "https://windings.example/thread/x/1" in part
        assert "us@w.example" in part
        assert "localhost" not in part
    assert sent(mail)["List-Id"] == "New threads <new-threads.windings.example>"


@pytest.mark.django_db
def test_an_author_as_stored_makes_a_mail() -> None:
    row = an_author(MARA)
    assert a_mail(a_group(a_row(by=row))).subject.startswith("Mara Lindqvist: ")
