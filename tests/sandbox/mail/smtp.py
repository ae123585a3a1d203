"""An SMTP server (RFC 5321), strict where the standard is and with faults on request. It keeps what it takes.

No TLS and no passwords: it listens on loopback.
"""

import contextlib
import re
import socket
import socketserver
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from ..faults import Fault
from ..listening import Listener
from ..wire import Request
from ..world import World

NAME = "sandbox.example"
LONGEST_COMMAND = 512
LONGEST_LINE = 998
LARGEST_MAIL = 10 << 20
MOST_RECIPIENTS = 100
BLOCK = 1 << 16
IDLE_SECONDS = 60.0
END_OF_MAIL = b"\r\n.\r\n"
EXTENSIONS = (NAME, "PIPELINING", f"SIZE {LARGEST_MAIL}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "HELP")
PATH = re.compile(r"(?P<word>FROM|TO):<(?P<address>[^<>\s]*)>(?P<parameters>( [^ ]+)*)", re.IGNORECASE)
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
PARAMETER = re.compile(r"SIZE=\d+|BODY=(7BIT|8BITMIME)|SMTPUTF8", re.IGNORECASE)
LONELY_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
ONCE = (b"from", b"date", b"subject", b"to", b"message-id", b"reply-to", b"sender", b"cc")
WORDS = {
    421: "4.3.2 Closing for a while",
    450: "4.2.1 Mailbox is busy, try again later",
    451: "4.3.0 Something is wrong here, try again later",
    452: "4.3.1 No room left",
    550: "5.1.1 No such person here",
    552: "5.3.4 Too large",
    554: "5.7.1 Not wanted here",
}


class SmtpDoor(Listener):
    """The port that takes mail."""

    scheme = "smtp"

    def __init__(self, port: int, world: World) -> None:
        super().__init__("smtp", port, Session)
        self.world = world


class HangUp(Exception):
    """The connection ends here."""


@dataclass(slots=True)
class Envelope:
    sender: str
    recipients: list[str] = field(default_factory=list)


class Session(socketserver.BaseRequestHandler):
    """One connection: commands one after the other, answers in the same order."""

    request: socket.socket
    server: SmtpDoor

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(IDLE_SECONDS)
        self._received = bytearray()
        self._greeted = False
        self._envelope: Envelope | None = None
        with contextlib.suppress(HangUp, OSError):
            if self._goes_well("CONNECT"):
                self._say(220, f"{NAME} ESMTP")
            while True:
                self._obey(self._command())

    # What was said

    def _command(self) -> str:
        """The next line without its end. Raises HangUp at the end of the connection."""
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > LONGEST_COMMAND:
                break
            self._receive()
        line = bytes(self._received[: end + 1])
        del self._received[: end + 1]
        if end < 0 or len(line) > LONGEST_COMMAND:
            self._say(500, "5.5.2 Line too long")
            raise HangUp
        if not line.endswith(b"\r\n"):
            self._say(500, "5.5.2 A line ends with CR LF")
            raise HangUp
        return line[:-2].decode("utf-8", "replace")

    def _receive(self) -> None:
        block = self.request.recv(BLOCK)
        if not block:
            raise HangUp
        self._received += block

    def _obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        command = COMMANDS.get(verb.upper())
        if command is None:
            self._say(500, f"5.5.1 Unknown command {verb[:20]!r}")
            return
        command(self, argument)

    # Faults

    def _goes_well(self, verb: str, argument: str = "", *, keep: Callable[[], object] | None = None) -> bool:
        """False when a fault has answered in our place. Raises HangUp when it ends the connection."""
        world, asked = self.server.world, Request(verb, f"{verb} {argument}".strip(), {}, {})
        for act in world.faults.due("smtp", asked):
            act()
        fault = world.faults.take("smtp", asked)
        status = fault.status if fault and fault.kind == "error" else 0
        world.log.add("smtp", asked, time=world.clock.seconds(), status=status)
        if fault is None:
            return True
        if fault.kind == "keep-and-close" and keep:
            keep()
        return self._misbehave(fault)

    def _misbehave(self, fault: Fault) -> bool:
        if fault.kind == "slow":
            self.server.stopping.wait(fault.seconds)
            return True
        if fault.kind == "error":
            self._say(fault.status, fault.words or WORDS.get(fault.status, "5.0.0 No"))
            if fault.status == 421:
                raise HangUp
            return False
        if fault.kind == "hang":
            self.server.stopping.wait(fault.seconds)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.request.close()
        raise HangUp

    # Commands

    def _say(self, code: int, *lines: str) -> None:
        text = "".join(f"{code}-{line}\r\n" for line in lines[:-1]) + f"{code} {lines[-1]}\r\n"
        self.request.sendall(text.encode())

    def helo(self, name: str) -> None:
        self._greet(name, "HELO", NAME)

    def ehlo(self, name: str) -> None:
        self._greet(name, "EHLO", *EXTENSIONS)

    def _greet(self, name: str, verb: str, *answer: str) -> None:
        if not name.strip():
            self._say(501, "5.5.4 Who are you?")
        elif self._goes_well(verb, name):
            self._greeted, self._envelope = True, None
            self._say(250, *answer)

    def mail(self, argument: str) -> None:
        match = PATH.fullmatch(argument)
        if not self._greeted or self._envelope:
            self._say(503, "5.5.1 Not now")
        elif match is None or match["word"].upper() != "FROM":
            self._say(501, "5.5.4 MAIL FROM:<address>")
        elif wrong := self._wrong_parameters(match["parameters"]):
            self._say(*wrong)
        elif match["address"] and not self._is_address(match["address"], match["parameters"]):
            self._say(553, "5.1.7 That is no address")
        elif self._goes_well("MAIL", match["address"]):
            self._envelope = Envelope(match["address"])
            self._say(250, "2.1.0 OK")

    def rcpt(self, argument: str) -> None:
        match = PATH.fullmatch(argument)
        if self._envelope is None:
            self._say(503, "5.5.1 MAIL first")
        elif match is None or match["word"].upper() != "TO" or match["parameters"]:
            self._say(501, "5.5.4 RCPT TO:<address>")
        elif not self._is_address(match["address"]):
            self._say(553, "5.1.3 That is no address")
        elif len(self._envelope.recipients) >= MOST_RECIPIENTS:
            self._say(452, "4.5.3 Too many recipients")
        elif self._goes_well("RCPT", match["address"]):
            self._envelope.recipients.append(match["address"])
            self._say(250, "2.1.5 OK")

    def data(self, argument: str) -> None:
        envelope = self._envelope
        if argument:
            self._say(501, "5.5.4 DATA has no argument")
        elif envelope is None or not envelope.recipients:
            self._say(503, "5.5.1 RCPT first")
        elif self._goes_well("DATA"):
            self._say(354, "End with a dot on a line of its own")
            self._take(envelope, self._mail())

    def _take(self, envelope: Envelope, raw: bytes) -> None:
        self._envelope = None
        if wrong := wrong_in(raw):
            self._say(554, f"5.6.0 {wrong}")
            return

        def keep() -> None:
            self.server.world.post.keep(envelope.sender, tuple(envelope.recipients), raw)

        if self._goes_well("END", envelope.recipients[0], keep=keep):
            keep()
            self._say(250, "2.0.0 Taken")

    def _mail(self) -> bytes:
        """The words up to the lonely dot, without the dots that were doubled."""
        if self._received[:3] == END_OF_MAIL[2:]:
            del self._received[:3]
            return b""
        searched = 0
        while (end := self._received.find(END_OF_MAIL, searched)) < 0:
            searched = max(0, len(self._received) - len(END_OF_MAIL))
            if len(self._received) > LARGEST_MAIL:
                self._say(552, WORDS[552])
                raise HangUp
            self._receive()
        words = bytes(self._received[: end + 2])
        del self._received[: end + len(END_OF_MAIL)]
        return (b"\r\n" + words).replace(b"\r\n..", b"\r\n.")[2:]

    def rset(self, _: str) -> None:
        self._envelope = None
        self._say(250, "2.0.0 Forgotten")

    def noop(self, _: str) -> None:
        self._say(250, "2.0.0 Nothing done")

    def vrfy(self, _: str) -> None:
        self._say(252, "2.5.0 Try and see")

    def help(self, _: str) -> None:
        self._say(214, "2.0.0 This server keeps mail and sends none")

    def quit(self, _: str) -> None:
        self._say(221, "2.0.0 Good-bye")
        raise HangUp

    @staticmethod
    def _wrong_parameters(parameters: str) -> tuple[int, str] | None:
        for each in parameters.split():
            if not PARAMETER.fullmatch(each):
                return 555, f"5.5.4 Unknown parameter {each[:40]}"
            if each.upper().startswith("SIZE=") and int(each[5:]) > LARGEST_MAIL:
                return 552, WORDS[552]
        return None

    @staticmethod
    def _is_address(address: str, parameters: str = "SMTPUTF8") -> bool:
        return bool(ADDRESS.fullmatch(address)) and (address.isascii() or "SMTPUTF8" in parameters.upper())


COMMANDS: dict[str, Callable[[Session, str], None]] = {
    "HELO": Session.helo,
    "EHLO": Session.ehlo,
    "MAIL": Session.mail,
    "RCPT": Session.rcpt,
    "DATA": Session.data,
    "RSET": Session.rset,
    "NOOP": Session.noop,
    "VRFY": Session.vrfy,
    "HELP": Session.help,
    "QUIT": Session.quit,
}


def wrong_in(raw: bytes) -> str:
    """What is wrong with a mail by RFC 5321 and 5322; empty when nothing is."""
    if LONELY_END.search(raw):
        return "A line ends with CR LF, and CR and LF stand nowhere else"
    if any(len(line) > LONGEST_LINE for line in raw.split(b"\r\n")):
        return f"A line is longer than {LONGEST_LINE} bytes"
    if b"\0" in raw:
        return "No zero bytes"
    head = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    names = [line.partition(b":")[0].strip().lower() for line in head if line[:1] not in b" \t"]
    for name in ONCE:
        if names.count(name) > 1:
            return f"More than one {name.decode()}"
    if b"from" not in names or b"date" not in names:
        return "A mail has From and Date"
    return ""
