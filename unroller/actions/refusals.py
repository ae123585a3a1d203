"""What a reader wanted and cannot have: the root of such errors, each with a sentence that says why."""


class Refused(Exception):
    """Something was not done; `sentence` tells the reader why."""

    sentence: str

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
