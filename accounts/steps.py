"""Jobs of a clock that have several steps, of which none is to suffer from another."""

import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)


def each(*steps: Callable[[], object]) -> None:
    """Do every step, whatever became of those before; what fails is logged, and the clock comes again."""
    for step in steps:
        try:
            step()
        except Exception:
            logger.exception("%s.%s", step.__module__, step.__name__)
