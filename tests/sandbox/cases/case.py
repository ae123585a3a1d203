"""What a builder hands back: links to try and what the thread behind them is."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """`main` holds the ids of the main line in order, None for a gap: X digits, at-URIs, home status ids.

    `links` leads into the thread by name (`first`, `middle`, `last`, …); `side` names ids that are not on
    the main line: of branches, and of posts that belong to nobody's thread.
    """

    links: dict[str, str]
    main: list[str | None]
    side: dict[str, str] = field(default_factory=dict)

    @property
    def link(self) -> str:
        """The link to try when there is no reason for another."""
        return next(iter(self.links.values()))
