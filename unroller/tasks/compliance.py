"""Tasks that see to it that nothing stays here which its network, or its author, took away."""

from accounts.steps import each
from unroller.actions import (
    moderating,
    opting_out,
)
from unroller.actions.compliance import hidden, inquiries, rounds, stream, vanished
from unroller.celery import app


@app.task(name="unroller.comply_opt_outs")
def comply_opt_outs() -> None:
    """Take away what is left of authors who opted out, or are banned; look after the words of what is hidden."""
    each(opting_out.go_on, moderating.go_on, hidden.go_on)


@app.task(name="unroller.comply_vanished")
def comply_vanished(row_id: str) -> None:
    """Take away here what a network took away."""
    vanished.run(row_id)


@app.task(name="unroller.comply_rounds")
def comply_rounds(source: str) -> None:
    """Ask one network whether it still shows what is here."""
    rounds.go_on(source)


@app.task(name="unroller.comply_stream")
def comply_stream() -> None:
    """Hear what Bluesky's stream tells of deleted posts and accounts."""
    stream.go_on()


@app.task(name="unroller.comply_x")
def comply_x() -> None:
    """Go on asking X which posts are gone."""
    inquiries.go_on()


@app.task(name="unroller.comply_inquiry")
def comply_inquiry(inquiry_id: str) -> None:
    """Take one list of posts that X is asked about a step further."""
    inquiries.run(inquiry_id)
