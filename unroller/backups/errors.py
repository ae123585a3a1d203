"""The one error that making, checking or restoring a backup can end in."""


class BackupError(Exception):
    """There is no whole backup, or it cannot be restored here; the text is a sentence for the operator."""
