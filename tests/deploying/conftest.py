"""What tests of a site's deployment have in common."""

import pytest

from tests.deploying.caddy import the_program


@pytest.fixture
def caddy() -> str:
    """Where the proxy is."""
    return the_program()
