"""The bot on a network on paper, where no other is needed."""

from collections.abc import Callable

import pytest

from tests.bot.paper import Paper
from unroller import networks
from unroller.sources.mentioning import Mentionable, Wallet


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    """The only network the bot is set up on."""
    network = Paper()

    def mentionables(wallet: Callable[[str], Wallet]) -> dict[str, Mentionable]:
        return {"x": network}

    monkeypatch.setattr(networks, "mentionables", mentionables)
    return network
