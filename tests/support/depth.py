"""How hard tests try that could try for ever.

Random ones take the same examples in every run, many more and new ones where `PMSYNC_DEEP` is set. `PMSYNC_QUICK` is
for CI, which has fifteen minutes on two slow cores: there is less of whatever is drawn or struck.
"""

import os

from hypothesis import HealthCheck, settings

DEEP = bool(os.environ.get("PMSYNC_DEEP"))
QUICK = bool(os.environ.get("PMSYNC_QUICK"))
_DEEPER = 25


def trying(examples: int) -> settings:
    """So many examples, each of which may take its time; a failure prints what brings it back."""
    # How quickly examples are drawn says something of the machine, and of what else it does, and nothing of the code.
    slow = (HealthCheck.too_slow,)
    many = examples * _DEEPER if DEEP else examples // 2 if QUICK else examples
    return settings(max_examples=many, deadline=None, print_blob=True, suppress_health_check=slow)
