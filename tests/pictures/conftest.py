"""The running site and the browser of the journeys, for pictures."""

from tests.browser.conftest import browser, mail, site

__all__ = ["browser", "mail", "site"]
