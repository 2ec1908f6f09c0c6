"""How many cases a property gets: the same body in a test run and in `make proof`."""

import os

from hypothesis import HealthCheck, Phase, settings

IS_PROOF = os.environ.get("PROOF") == "1"


def cases(number: int = 200) -> settings:
    """That many examples in a test run, ten times as many in a proof."""
    return settings(
        max_examples=number * (10 if IS_PROOF else 1),
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
