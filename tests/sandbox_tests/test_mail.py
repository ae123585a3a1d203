"""The SMTP server of the sandbox keeps to the standard, misbehaves on request, and its page shows what arrived."""

import json
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.mail.post import KEPT_MAILS, PostOffice
from tests.sandbox.mail.smtp import LARGEST_MAIL

DATE = "Sun, 22 Nov 2026 10:00:00 +0000"
HEAD = f"From: us@wool.example\r\nDate: {DATE}\r\nSubject: Hello\r\n"


class Talk:
    """A conversation in SMTP, word by word."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._answers = self._socket.makefile("rb")

    def hear(self) -> str:
        """One answer, also of several lines."""
        lines = [self._answers.readline().decode()]
        while lines[-1][3:4] == "-":
            lines.append(self._answers.readline().decode())
        return "".join(lines)

    def say(self, line: str, *, end: str = "\r\n") -> str:
        self._socket.sendall((line + end).encode())
        return self.hear()

    def begin(self) -> None:
        assert self.hear().startswith("220 ")
        assert self.say("EHLO here").startswith("250-")

    def send(self, body: str, to: str = "bob@example.com") -> str:
        assert self.say("MAIL FROM:<us@wool.example>").startswith("250 ")
        assert self.say(f"RCPT TO:<{to}>").startswith("250 ")
        assert self.say("DATA").startswith("354 ")
        return self.say(body + "\r\n.")

    def ended(self) -> bool:
        try:
            return self._answers.readline() == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        self._answers.close()
        self._socket.close()


@pytest.fixture
def port(sandbox: Sandbox) -> int:
    port = urlsplit(sandbox.env()["EMAIL_URL"]).port
    assert port
    return port


@pytest.fixture
def talk(port: int) -> Iterator[Talk]:
    talk = Talk(port)
    yield talk
    talk.close()


@pytest.fixture
def post(world: World) -> PostOffice:
    return world.post


@pytest.fixture
def page(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.urls()["mail"], timeout=10) as client:
        yield client


def letter(to: str = "bob@example.com", message_id: str = "<1@wool.example>") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = "us@wool.example", to, "Grüße & <more>"
    message["Date"], message["Message-ID"] = DATE, message_id
    message.set_content("Read it: https://wool.example/thread/1?a=1&b=2.\nBye.")
    message.add_alternative('<p>Read <a href="https://wool.example/thread/1">it</a></p>', subtype="html")
    return message


def send(port: int, *messages: EmailMessage) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        for message in messages:
            smtp.send_message(message)


def test_a_mail_is_kept_as_it_came(talk: Talk, post: PostOffice) -> None:
    talk.begin()
    assert talk.send(HEAD + "\r\n..dot\r\n....dots\r\nend").startswith("250 ")
    (mail,) = post.mails()
    assert mail.raw == f"{HEAD}\r\n.dot\r\n...dots\r\nend\r\n".encode()
    assert (mail.sender, mail.recipients, mail.subject) == ("us@wool.example", ("bob@example.com",), "Hello")
    assert talk.say("QUIT").startswith("221 ")
    assert talk.ended()


def test_commands_that_come_all_at_once_are_answered_in_order(talk: Talk, post: PostOffice) -> None:
    talk.begin()
    first = talk.say("MAIL FROM:<>\r\nRCPT TO:<bob@example.com>\r\nDATA")
    assert [first[:3], talk.hear()[:3], talk.hear()[:3]] == ["250", "250", "354"]
    assert talk.say(HEAD + "\r\nOne\r\n.\r\nNOOP").startswith("250 ")
    assert talk.hear().startswith("250 2.0.0 Nothing")
    assert post.mails()[0].sender == ""


@pytest.mark.parametrize(
    ("before", "line", "code"),
    [
        ([], "MAIL FROM:<a@example.com>", "503"),
        ([], "EHLO", "501"),
        (["EHLO here"], "RCPT TO:<bob@example.com>", "503"),
        (["EHLO here"], "DATA", "503"),
        (["EHLO here"], "MAIL FROM:a@example.com", "501"),
        (["EHLO here"], "MAIL TO:<a@example.com>", "501"),
        (["EHLO here"], "MAIL FROM:<a>", "553"),
        (["EHLO here"], "MAIL FROM:<ü@example.com>", "553"),
        (["EHLO here"], "MAIL FROM:<ü@example.com> SMTPUTF8", "250"),
        (["EHLO here"], "MAIL FROM:<a@example.com> SIZE=100 BODY=8BITMIME", "250"),
        (["EHLO here"], f"MAIL FROM:<a@example.com> SIZE={LARGEST_MAIL + 1}", "552"),
        (["EHLO here"], "MAIL FROM:<a@example.com> AUTH=x", "555"),
        (["EHLO here", "MAIL FROM:<>"], "MAIL FROM:<>", "503"),
        (["EHLO here", "MAIL FROM:<>"], "DATA", "503"),
        (["EHLO here", "MAIL FROM:<>"], "RCPT TO:<>", "553"),
        (["EHLO here", "MAIL FROM:<>"], "RCPT TO:<bob>", "553"),
        (["EHLO here", "MAIL FROM:<>", "RSET"], "RCPT TO:<bob@example.com>", "503"),
        (["EHLO here", "MAIL FROM:<>", "EHLO here"], "RCPT TO:<bob@example.com>", "503"),
        (["HELO here"], "VRFY bob", "252"),
        (["HELO here"], "STARTTLS", "500"),
        (["HELO here"], "noop", "250"),
    ],
)
def test_the_order_and_form_of_commands_matters(talk: Talk, before: list[str], line: str, code: str) -> None:
    talk.hear()
    for each in before:
        assert talk.say(each).startswith("250")
    assert talk.say(line).startswith(code)


@pytest.mark.parametrize(("line", "end"), [("NOOP", "\n"), ("NOOP " + "x" * 600, "\r\n"), ("x" * 600, "")])
def test_a_line_that_is_too_long_or_ends_wrongly_ends_the_connection(talk: Talk, line: str, end: str) -> None:
    talk.begin()
    assert talk.say(line, end=end).startswith("500 ")
    assert talk.ended()


@pytest.mark.parametrize(
    "body",
    [
        f"{HEAD}\r\nOne\nTwo",
        f"{HEAD}\r\nOne\rTwo",
        f"{HEAD}\r\n{'x' * 999}",
        f"{HEAD}\r\nzero\0",
        "Subject: No sender and no date\r\n\r\nOne",
        f"{HEAD}Subject: Another\r\n\r\nOne",
        f"{HEAD}From: somebody@else.example\r\n\r\nOne",
    ],
)
def test_a_mail_against_the_standard_is_not_taken(talk: Talk, post: PostOffice, body: str) -> None:
    talk.begin()
    assert talk.send(body).startswith("554 ")
    assert talk.send(HEAD + "\r\nGood").startswith("250 ")
    assert post.total == 1


def test_a_dot_between_lonely_line_ends_ends_nothing(talk: Talk, post: PostOffice) -> None:
    """The trick with which mail is smuggled past servers that are less strict."""
    talk.begin()
    assert talk.send(f"{HEAD}\r\nOne\n.\nMAIL FROM:<evil@example.com>").startswith("554 ")
    assert post.total == 0


def test_faults_are_met_once_by_whom_they_concern(port: int, world: World) -> None:
    world.faults.add("smtp", "error", path="RCPT bob@", status=450)
    send(port, letter("ann@example.com"))
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(port, letter())
    send(port, letter())
    assert [mail.recipients[0] for mail in world.post.mails()] == ["ann@example.com", "bob@example.com"]


@pytest.mark.parametrize(("kind", "kept"), [("close", 0), ("keep-and-close", 1)])
def test_the_connection_may_end_before_or_after_a_mail_is_kept(port: int, world: World, kind: str, kept: int) -> None:
    world.faults.add("smtp", kind, path="END bob@")  # type: ignore[arg-type]
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(port, letter())
    assert world.post.total == kept


def test_a_fault_that_no_mail_server_has_is_a_mistake(world: World) -> None:
    with pytest.raises(ValueError, match="html"):
        world.faults.add("smtp", "html")
    with pytest.raises(ValueError, match="keep-and-close"):
        world.faults.add("readwise", "keep-and-close")


def test_faults_come_from_other_processes_too(port: int, page: httpx.Client) -> None:
    fault = {"server": "smtp", "kind": "error", "path": "CONNECT", "status": 421}
    assert page.post("/_sandbox/faults", json=fault).status_code == 200
    with pytest.raises(smtplib.SMTPConnectError):
        send(port, letter())
    send(port, letter())


def test_old_mail_makes_room(post: PostOffice) -> None:
    for number in range(KEPT_MAILS + 3):
        post.keep("", (f"{number}@example.com",), b"x")
    assert len(post.mails()) == KEPT_MAILS
    assert post.mails()[0].recipients == ("3@example.com",)
    assert post.total == KEPT_MAILS + 3


def test_the_list_as_json_is_newest_first_and_for_one_address(port: int, page: httpx.Client) -> None:
    send(
        port, letter("ann@example.com", "<1@x>"), letter("bob@example.com", "<2@x>"), letter("ann@example.com", "<1@x>")
    )
    assert [each["number"] for each in page.get("/messages.json").json()] == [3, 2, 1]
    found = page.get("/messages.json", params={"to": "ANN@example.com"}).json()
    assert [(each["message_id"], each["times"]) for each in found] == [("<1@x>", 2), ("<1@x>", 2)]
    assert found[0]["links"] == ["https://wool.example/thread/1?a=1&b=2"]
    assert "Bye." in found[0]["text"]
    assert json.loads(page.get("/messages/2.json").text)["recipients"] == ["bob@example.com"]


def test_a_mail_is_shown_with_links_and_without_its_markup_in_the_page(port: int, page: httpx.Client) -> None:
    send(port, letter())
    assert "Grüße &amp; &lt;more&gt;" in page.get("/").text
    shown = page.get("/messages/1").text
    assert "Grüße &amp; &lt;more&gt;" in shown
    assert '<a href="https://wool.example/thread/1?a=1&amp;b=2"' in shown
    assert '<p>Read <a href="https://wool.example/thread/1">' not in shown
    framed = page.get("/messages/1/html")
    assert '<p>Read <a href="https://wool.example/thread/1">it</a></p>' in framed.text
    assert framed.headers["Content-Security-Policy"].startswith("sandbox ")
    assert b"Subject: =?utf-8?" in page.get("/messages/1/raw").content


def test_a_mail_that_came_twice_says_so(port: int, page: httpx.Client) -> None:
    send(port, letter(), letter())
    assert "This mail arrived 2 times." in page.get("/messages/1").text


def test_mail_can_be_thrown_away(port: int, page: httpx.Client) -> None:
    send(port, letter())
    assert page.post("/forget").status_code == 303
    assert "Nothing has arrived yet" in page.get("/").text
    assert page.get("/messages/1").status_code == 404


def test_stopping_ends_an_open_conversation(world: World) -> None:
    with Sandbox(world) as sandbox:
        talk = Talk(urlsplit(sandbox.env()["EMAIL_URL"]).port or 0)
        talk.begin()
    assert talk.ended()
    talk.close()
