"""The pretend X's compliance jobs: lists of ids that are held against what is still there, one list at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..clock import to_the_second
from ..ground import Ground
from ..wire import Json, filled

UPLOAD_WITHIN = timedelta(minutes=15)
DOWNLOAD_WITHIN = timedelta(days=7)

Status = Literal["created", "in_progress", "complete", "failed", "expired"]


@dataclass(slots=True, eq=False)
class Inquest:
    """One job. `ids` are what was uploaded, None before that; `forced` is what becomes of it whatever was done."""

    id: str
    name: str
    at: datetime
    ids: list[str] | None = None
    uploaded_at: datetime | None = None
    forced: Status | None = None


class Inquests:
    """All jobs, oldest first."""

    def __init__(self, ground: Ground) -> None:
        self.allowed = True
        """Whether the app's plan has compliance jobs at all."""
        self.takes = timedelta()
        """How long the answer to an uploaded list is worked on."""
        self.reasons: dict[str, str] = {}
        """Reasons by id, for those that no state of the sandbox makes: `deactivated`, `bounced`, `scrub_geo`."""
        self.answer: bytes | None = None
        """What the store hands out in place of every answer."""
        self.every: list[Inquest] = []
        self._ground = ground

    def create(self, name: str) -> Inquest:
        job = Inquest(str(1_372_966_999_991_541_762 + len(self.every)), name, self._ground.clock.now())
        self.every.append(job)
        return job

    def find(self, number: str) -> Inquest | None:
        return next((job for job in self.every if job.id == number), None)

    def running(self) -> bool:
        return any(self.status(job) in {"created", "in_progress"} for job in self.every)

    def upload(self, job: Inquest, ids: list[str]) -> bool:
        """Whether its address still took them."""
        if self.status(job) != "created":
            return False
        job.ids, job.uploaded_at = ids, self._ground.clock.now()
        return True

    def status(self, job: Inquest) -> Status:
        now = self._ground.clock.now()
        if job.forced:
            return job.forced
        if job.uploaded_at is None:
            return "created" if now < job.at + UPLOAD_WITHIN else "expired"
        if now < job.uploaded_at + self.takes:
            return "in_progress"
        return "complete" if now < job.at + DOWNLOAD_WITHIN else "expired"

    def shown(self, job: Inquest) -> Json:
        base = f"{self._ground.addresses.x_store}/twitter-compliance/{job.id}"
        return filled(
            {
                "id": job.id,
                "type": "tweets",
                "name": job.name,
                "resumable": False,
                "status": self.status(job),
                "created_at": to_the_second(job.at),
                "upload_url": f"{base}/submission?X-Goog-Signature=up",
                "upload_expires_at": to_the_second(job.at + UPLOAD_WITHIN),
                "download_url": f"{base}/delivery?X-Goog-Signature=down",
                "download_expires_at": to_the_second(job.at + DOWNLOAD_WITHIN),
            }
        )
