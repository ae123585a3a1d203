"""The one error that starting or reaching the embedded servers can end in."""


class EmbeddedError(Exception):
    """The servers of a data folder cannot be had; the text is a sentence for the person at the keyboard."""
