"""One connection, and what every failure of a mail server means: later all, later this one, never."""

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from accounts import delivery
from accounts.delivery import Away, Deferred, Outbox, Refused
from tests.sandbox.mail import smtp
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World


def mail_to(address: str = "bob@example.com", subject: str = "Hello") -> EmailMessage:
    headers = {"Message-ID": f"<{uuid.uuid4()}@wool.example>", "Date": "Sun, 22 Nov 2026 10:00:00 +0000"}
    return EmailMessage(subject, "Grüße.\n.\n..two dots\nEnd.", "us@wool.example", [address], headers=headers)


def connections(world: World) -> int:
    return len(world.log.of("smtp", "^CONNECT"))


def test_many_mails_go_over_one_connection(post_office: PostOffice, world: World) -> None:
    with Outbox() as outbox:
        for number in range(5):
            outbox.send(mail_to(subject=f"Mail {number}"))
    assert [mail.subject for mail in post_office.mails("bob@example.com")] == [f"Mail {number}" for number in range(5)]
    assert connections(world) == 1


def test_nothing_is_opened_for_nothing(post_office: PostOffice, world: World) -> None:
    with Outbox():
        pass
    assert connections(world) == 0


def test_dots_and_letters_arrive_as_they_were(post_office: PostOffice) -> None:
    with Outbox() as outbox:
        outbox.send(mail_to())
    assert post_office.mails()[0].text == "Grüße.\n.\n..two dots\nEnd.\n"


def test_a_server_that_wants_one_command_at_a_time_gets_them_so(
    post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "EXTENSIONS", tuple(each for each in smtp.EXTENSIONS if each != "PIPELINING"))
    with Outbox() as outbox:
        outbox.send(mail_to())
        outbox.send(mail_to("Bob Marley <bob@example.com>"))
    assert [mail.text for mail in post_office.mails()] == ["Grüße.\n.\n..two dots\nEnd.\n"] * 2


def test_a_port_where_nobody_listens_is_away(post_office: PostOffice, settings: Settings) -> None:
    settings.EMAIL_PORT = 1
    with Outbox() as outbox, pytest.raises(Away):
        outbox.send(mail_to())


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("CONNECT", "close", 0),
        ("CONNECT", "error", 421),
        ("CONNECT", "error", 554),
        ("EHLO", "close", 0),
        ("MAIL", "error", 421),
        ("MAIL", "error", 451),
        ("MAIL", "error", 452),
        ("MAIL", "error", 553),
        ("RCPT", "error", 421),
        ("RCPT", "close", 0),
        ("DATA", "error", 421),
        ("DATA", "close", 0),
        ("END", "close", 0),
        ("END", "keep-and-close", 0),
        ("END", "error", 421),
    ],
)
def test_a_server_that_is_gone_or_has_something_against_us_is_away_and_found_again(
    post_office: PostOffice, world: World, path: str, kind: str, status: int
) -> None:
    world.faults.add("smtp", kind, path=path, status=status)  # type: ignore[arg-type]
    again = mail_to()
    with Outbox() as outbox:
        with pytest.raises(Away):
            outbox.send(again)
        outbox.send(again)
    assert post_office.times(str(again.extra_headers["Message-ID"])) == (2 if kind == "keep-and-close" else 1)


@pytest.mark.parametrize(
    ("path", "status"), [("RCPT", 450), ("RCPT", 451), ("RCPT", 452), ("DATA", 451), ("END", 452), ("END", 451)]
)
def test_a_soft_no_is_for_this_mail_and_the_connection_stays(
    post_office: PostOffice, world: World, path: str, status: int
) -> None:
    world.faults.add("smtp", "error", path=path, status=status)
    with Outbox() as outbox:
        with pytest.raises(Deferred):
            outbox.send(mail_to())
        outbox.send(mail_to())
    assert (post_office.total, connections(world)) == (1, 1)


@pytest.mark.parametrize(
    ("path", "words", "bounced"),
    [
        ("RCPT", "5.1.1 No such person", True),
        ("RCPT", "5.1.2 No such host", True),
        ("RCPT", "5.1.3 Bad syntax", True),
        ("RCPT", "5.1.10 This domain takes no mail", True),
        ("RCPT", "5.2.1 Mailbox is disabled", True),
        ("END", "5.1.1 No such person after all", True),
        ("RCPT", "5.1.8 Your own address is bad", False),
        ("RCPT", "5.2.2 Mailbox is full", False),
        ("RCPT", "5.7.1 Not by our policy", False),
        ("END", "5.7.26 Not authenticated", False),
        ("RCPT", "Go away", False),
        ("RCPT", "The code is 5.1.1 somewhere else", False),
    ],
)
def test_a_hard_no_is_for_ever_and_tells_whether_there_is_such_an_address(
    post_office: PostOffice, world: World, path: str, words: str, *, bounced: bool
) -> None:
    world.faults.add("smtp", "error", path=path, status=550, words=words)
    with Outbox() as outbox, pytest.raises(Refused) as refused:
        outbox.send(mail_to())
    assert refused.value.bounced is bounced
    assert str(refused.value) == f"550 {words}"


def test_a_mail_that_is_too_large_is_refused_and_no_other(post_office: PostOffice) -> None:
    with Outbox() as outbox:
        with pytest.raises(Refused, match="552"):
            outbox.send(EmailMessage("Large", "wool " * 3_000_000, "us@wool.example", ["bob@example.com"]))
        outbox.send(mail_to())
    assert post_office.total == 1


def test_a_server_with_enough_of_a_connection_gets_another_at_once(post_office: PostOffice, world: World) -> None:
    world.faults.add("smtp", "error", path="MAIL", status=421, skip=2)
    with Outbox() as outbox:
        for _ in range(4):
            outbox.send(mail_to())
    assert (post_office.total, connections(world)) == (4, 2)


def test_a_slow_greeting_is_not_waited_for_long(post_office: PostOffice, world: World, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    world.faults.add("smtp", "slow", path="CONNECT", seconds=5)
    with Outbox() as outbox, pytest.raises(Away):
        outbox.send(mail_to())


def test_a_slow_answer_to_a_whole_mail_is_waited_for(post_office: PostOffice, world: World, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    world.faults.add("smtp", "slow", path="END", seconds=0.6)
    with Outbox() as outbox:
        outbox.send(mail_to())
        outbox.send(mail_to())
    assert (post_office.total, connections(world)) == (2, 1)


def test_a_password_never_goes_to_a_server_without_encryption(post_office: PostOffice, settings: Settings) -> None:
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = True, "us", "secret"
    with Outbox() as outbox, pytest.raises(Away, match="STARTTLS"):
        outbox.send(mail_to())
    assert post_office.total == 0


def test_a_server_that_takes_no_password_is_away(post_office: PostOffice, settings: Settings) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"
    with Outbox() as outbox, pytest.raises(Away):
        outbox.send(mail_to())


def test_an_address_that_cannot_be_written_is_refused(post_office: PostOffice) -> None:
    with Outbox() as outbox:
        with pytest.raises(Refused):
            outbox.send(mail_to("bob@" + "a" * 70 + ".ü.example"))
        outbox.send(mail_to())
    assert post_office.total == 1


def test_without_a_server_each_mail_is_a_file_that_mail_programs_open(tmp_path: Path, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "accounts.backends.Files", str(tmp_path / "mail")
    with Outbox() as outbox:
        outbox.send(mail_to(subject="Your code: 12/34"))
        outbox.send(mail_to(subject="Your code: 12/34"))
    files = list((tmp_path / "mail").iterdir())
    assert len(files) == 2
    for file in files:
        assert "-Your-code-12-34-" in file.name
        assert file.suffix == ".eml"
        assert b"Subject: Your code: 12/34" in file.read_bytes()


class Postmark(BaseHTTPRequestHandler):
    """Answers as Postmark's API does, with what a test put into `answers`."""

    answers: list[tuple[int, dict[str, object]]]
    asked: list[dict[str, object]]

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.answers.pop(0)
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Not printed."""


BOB = "bob@example.com"
INACTIVE = (
    "You tried to send to a recipient that has been marked as inactive.\n"
    f"Found inactive addresses: {BOB}.\n"
    "Inactive recipients are ones that have generated a hard bounce or a spam complaint."
)
TAKEN: dict[str, object] = {"ErrorCode": 0, "Message": "OK", "MessageID": "1", "To": "bob@example.com"}


@pytest.fixture
def postmark(settings: Settings) -> Iterator[type[Postmark]]:
    """A provider's API on loopback."""
    handler = type("Answering", (Postmark,), {"answers": [], "asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = {
            "POSTMARK_SERVER_TOKEN": "token",
            "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
            "REQUESTS_TIMEOUT": 5,
        }
        yield handler
        server.shutdown()
        thread.join()


def test_a_providers_api_is_spoken_and_writes_date_and_id_itself(postmark: type[Postmark]) -> None:
    postmark.answers.append((200, TAKEN))
    with Outbox() as outbox:
        message = mail_to()
        message.extra_headers["List-Unsubscribe"] = "<https://wool.example/u>"
        outbox.send(message)
    (asked,) = postmark.asked
    assert asked["To"] == "bob@example.com"
    assert asked["Headers"] == [{"Name": "List-Unsubscribe", "Value": "<https://wool.example/u>"}]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {}, Away),
        (503, {}, Away),
        (429, {"ErrorCode": 429, "Message": "Rate limit exceeded"}, Away),
        (401, {"ErrorCode": 10, "Message": "Bad or missing API token"}, Away),
        (422, {"ErrorCode": 400, "Message": "Sender signature not found"}, Deferred),
        (422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{BOB}'."}, Refused),
        (422, {"ErrorCode": 406, "Message": INACTIVE}, Refused),
    ],
)
def test_a_providers_answers_mean_what_a_servers_do(
    postmark: type[Postmark], status: int, body: dict[str, object], error: type[delivery.Failed]
) -> None:
    postmark.answers += [(status, body), (200, TAKEN)]
    with Outbox() as outbox:
        with pytest.raises(error):
            outbox.send(mail_to())
        outbox.send(mail_to())


def test_an_address_that_a_provider_calls_invalid_has_bounced_and_one_on_its_list_has_not(
    postmark: type[Postmark],
) -> None:
    postmark.answers.append((422, {"ErrorCode": 300, "Message": f"Invalid 'To' address: '{BOB}'."}))
    postmark.answers.append((422, {"ErrorCode": 406, "Message": INACTIVE}))
    with Outbox() as outbox:
        for bounced in (True, False):
            with pytest.raises(Refused) as refused:
                outbox.send(mail_to())
            assert refused.value.bounced is bounced


def test_a_provider_that_cannot_be_reached_is_away(postmark: type[Postmark], settings: Settings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, "POSTMARK_API_URL": "http://127.0.0.1:1/"}
    with Outbox() as outbox, pytest.raises(Away):
        outbox.send(mail_to())
