"""What readers type about threads: links, and where they are."""

from django import forms

from unroller.forms.sentences import TellingForm


class LinkForm(TellingForm):
    """The paste box. Anything that is not a link to a post is answered by one sentence (NotAPost)."""

    url = forms.CharField(
        max_length=2000,
        error_messages={
            "required": "Paste a link to any post of a thread.",
            "max_length": "This is too long to be a link to a post.",
            "null_characters_not_allowed": "This is not a link to a post on X, Bluesky or Mastodon.",
        },
    )


class AboutForm(forms.Form):
    """What the page around a fragment is about: source and name of its address, of one kind or none."""

    thread = forms.CharField(max_length=600, required=False)
    author = forms.CharField(max_length=600, required=False)


class PlaceForm(forms.Form):
    """Where a reader is in a thread, as their browser tells it. `thread`: source and path of its address."""

    thread = forms.CharField(max_length=600)
    post_id = forms.CharField(max_length=512, required=False)
    position = forms.RegexField(r"^post-[0-9-]{1,19}$", max_length=24, required=False)
    finished = forms.BooleanField(required=False)
