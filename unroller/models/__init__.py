"""Tables and constraints, nothing else."""

from unroller.models.threads import Author, Job, Member, Thread

__all__ = ["Author", "Job", "Member", "Thread"]
