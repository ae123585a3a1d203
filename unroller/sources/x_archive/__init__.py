"""The archive of one's own posts that X gives as a zip: read from the file, without being unpacked, as threads."""

from unroller.sources.x_archive.reader import ArchiveReader, open_archive
from unroller.sources.x_archive.reports import WORDS, Reason, Report

__all__ = ["WORDS", "ArchiveReader", "Reason", "Report", "open_archive"]
