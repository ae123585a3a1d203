"""What readers type."""

from django import forms


class LinkForm(forms.Form):
    """The paste box. Anything that is not a link to a post is answered by one sentence (NotAPost)."""

    url = forms.CharField(
        max_length=2000,
        error_messages={
            "required": "Paste a link to any post of a thread.",
            "max_length": "This is too long to be a link to a post.",
            "null_characters_not_allowed": "This is not a link to a post on X, Bluesky or Mastodon.",
        },
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")
