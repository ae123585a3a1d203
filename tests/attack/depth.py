"""How much is tried: a fixed handful of examples in every run of the tests, many random ones with ATTACK_DEPTH=50."""

import os

from hypothesis import HealthCheck, Phase, settings

DEPTH = int(os.environ.get("ATTACK_DEPTH", "1"))
"""By how many times more than usual is tried; above 1 examples are random, and a failure prints how to repeat it."""
EVERY_PHASE = (Phase.explicit, Phase.generate, Phase.target, Phase.shrink)


def examples(count: int) -> settings:
    """Settings of hypothesis for a test of `count` examples."""
    return settings(
        max_examples=count * DEPTH,
        derandomize=DEPTH == 1,
        database=None,
        deadline=None,
        print_blob=True,
        phases=EVERY_PHASE if DEPTH > 1 else (Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
