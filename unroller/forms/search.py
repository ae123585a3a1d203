"""What readers ask the search."""

from django import forms

from unroller.core.search_terms import Wanted, parse


class SearchForm(forms.Form):
    """The question, where it is asked (`in=library`, else everywhere), and the page of results."""

    q = forms.CharField(
        max_length=300,
        required=False,
        error_messages={
            "max_length": "This is too long a question. Please ask with at most 300 characters.",
            "null_characters_not_allowed": "This question holds a character that no text can hold.",
        },
    )

    @property
    def in_library(self) -> bool:
        """Whether the reader's own library is meant."""
        return self.data.get("in") == "library"

    @property
    def page(self) -> int:
        """The page that is asked for; the first for whatever makes no sense."""
        number = str(self.data.get("page", ""))
        return int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1

    @property
    def asked(self) -> str:
        """As it was typed, for the field, as far as it may be long."""
        return str(self.data.get("q", ""))[:300].replace("\x00", "").strip()

    def wanted(self) -> Wanted:
        """The question, taken apart; with a `problem` where it makes no sense."""
        if not self.is_valid():
            return Wanted(problem=next(str(error) for errors in self.errors.values() for error in errors))
        return parse(self.cleaned_data["q"])
