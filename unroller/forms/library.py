"""What readers type and choose in their library."""

from django import forms
from django.core.exceptions import ValidationError

from unroller.core import tags
from unroller.forms.sentences import first_of
from unroller.library import Show, Sift, Sort
from unroller.models.threads import SourceKey

LONGEST_NOTE = 10_000
"""Characters."""
MOST_ID = 2**31 - 1
DEEDS = ("archive", "unarchive", "favorite", "unfavorite", "read", "unread", "tag", "untag", "remove", "undo")


class TagsField(forms.CharField):
    """Tags as they are typed, with commas between; a list of them as they are kept."""

    def __init__(self, *, required: bool = False) -> None:
        sentences = {
            "required": "Give the tag a name.",
            "max_length": "These are more tags than a thread can have.",
            "null_characters_not_allowed": "This tag holds characters that cannot be kept.",
        }
        super().__init__(required=required, max_length=5_000, error_messages=sentences)

    def clean(self, value: str) -> list[str]:
        found = tags.parse(super().clean(value))
        if len(found) > tags.MOST:
            raise ValidationError(f"A thread has at most {tags.MOST} tags; these are {len(found)}.")
        for tag in found:
            if len(tag) > tags.LONGEST:
                sentence = f"A tag has at most {tags.LONGEST} characters; “{tag[: tags.LONGEST]}…” is longer."
                raise ValidationError(sentence)
        return found


class SiftForm(forms.Form):
    """What of a library is listed. Each field that makes no sense is as if it were not there."""

    show = forms.ChoiceField(choices=Show.choices, required=False)
    tag = forms.CharField(max_length=200, required=False)
    author = forms.IntegerField(min_value=1, max_value=MOST_ID, required=False)
    source = forms.ChoiceField(choices=SourceKey.choices, required=False)
    q = forms.CharField(max_length=200, required=False)
    sort = forms.ChoiceField(choices=Sort.choices, required=False)

    def sift(self) -> Sift:
        """The fields that make sense."""
        self.is_valid()
        given = self.cleaned_data
        return Sift(
            show=Show(given.get("show") or Show.ALL),
            tag=tags.clean(given.get("tag", "")),
            author=given.get("author") or 0,
            source=given.get("source", ""),
            words=given.get("q", ""),
            sort=Sort(given.get("sort") or Sort.NEWEST),
        )


class DoForm(forms.Form):
    """What is done to saved threads, many at a time."""

    action = forms.ChoiceField(
        choices=[(deed, deed) for deed in DEEDS],
        error_messages={"required": "Choose what to do.", "invalid_choice": "This cannot be done to saved threads."},
    )
    tags = TagsField()
    all = forms.BooleanField(required=False)
    sure = forms.BooleanField(required=False)

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)


class DescribeForm(forms.Form):
    """Tags and note of one saved thread."""

    tags = TagsField()
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        error_messages={
            "max_length": f"A note has at most {LONGEST_NOTE:,} characters.",
            "null_characters_not_allowed": "This note holds characters that cannot be kept.",
        },
    )

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)


class RenameForm(forms.Form):
    """Another name for a tag."""

    new = TagsField(required=True)

    @property
    def sentence(self) -> str:
        """The first thing that is wrong."""
        return first_of(self)

    def clean_new(self) -> str:
        """One tag. Raises ValidationError for none, or for several."""
        found: list[str] = self.cleaned_data["new"]
        if len(found) != 1:
            raise ValidationError("Give the tag one name, without a comma." if found else "Give the tag a name.")
        return found[0]
