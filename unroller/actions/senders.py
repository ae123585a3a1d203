"""Several connections to the mail server, each in a thread that does nothing else: a mail is mostly waiting."""

from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Generic, Self, TypeVar

from django.core.mail import EmailMessage

from accounts.delivery import Away, Outbox

Subject = TypeVar("Subject")
"""What a mail is about, for whoever sends it: it comes back with the answer."""


class NotBegun(Exception):
    """The mail was never offered to the server, because the server is away."""


class Senders(Generic[Subject]):
    """Mails go in, answers come out, in whatever order the server gives them. `away` once it was away.

    To be used by one thread. What was not begun at the end of the `with` is not sent.
    """

    def __init__(self, connections: int) -> None:
        self.away = False
        self.underway = 0
        self._mails: SimpleQueue[tuple[Subject, EmailMessage] | None] = SimpleQueue()
        self._answers: SimpleQueue[tuple[Subject, Exception | None]] = SimpleQueue()
        self._threads = [Thread(target=self._run, daemon=True) for _ in range(connections)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.away = True
        for _ in self._threads:
            self._mails.put(None)
        for thread in self._threads:
            thread.join()

    def send(self, subject: Subject, mail: EmailMessage) -> None:
        """Have a mail sent by whichever connection is free."""
        self.underway += 1
        self._mails.put((subject, mail))

    def has_news(self) -> bool:
        """Whether an answer has come."""
        return not self._answers.empty()

    def answer(self, patience: float) -> tuple[Subject, Exception | None] | None:
        """The next mail and what became of it: nothing, when the server has it; None when none is answered in time."""
        try:
            answer = self._answers.get(timeout=patience)
        except Empty:
            return None
        self.underway -= 1
        return answer

    def _run(self) -> None:
        with Outbox() as outbox:
            while item := self._mails.get():
                subject, mail = item
                self._answers.put((subject, self._offer(outbox, mail)))

    def _offer(self, outbox: Outbox, mail: EmailMessage) -> Exception | None:
        if self.away:
            return NotBegun()
        try:
            outbox.send(mail)
        except Exception as error:  # whoever asked decides what it means
            self.away = self.away or isinstance(error, Away)
            return error
        return None
