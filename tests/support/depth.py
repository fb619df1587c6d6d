"""How hard random tests try: some examples in every run, many more where the environment has `PMSYNC_DEEP`."""

import os

from hypothesis import settings

DEEP = bool(os.environ.get("PMSYNC_DEEP"))
_DEEPER = 25


def trying(examples: int) -> settings:
    """So many examples, each of which may take its time; a failure prints what brings it back."""
    return settings(max_examples=examples * _DEEPER if DEEP else examples, deadline=None, print_blob=True)
