"""How hard random tests try: the same examples in every run, many more and new ones where `PMSYNC_DEEP` is set."""

import os

from hypothesis import HealthCheck, settings

DEEP = bool(os.environ.get("PMSYNC_DEEP"))
_DEEPER = 25


def trying(examples: int) -> settings:
    """So many examples, each of which may take its time; a failure prints what brings it back."""
    # How quickly examples are drawn says something of the machine, and of what else it does, and nothing of the code.
    slow = (HealthCheck.too_slow,)
    many = examples * _DEEPER if DEEP else examples
    return settings(max_examples=many, deadline=None, print_blob=True, suppress_health_check=slow)
