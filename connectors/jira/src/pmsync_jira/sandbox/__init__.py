"""The Jira emulator, Cloud and Data Center: `build` makes one."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pmsync_jira.sandbox.emulator import JiraEmulator
from pmsync_jira.sandbox.people import CLOUD, DATA_CENTER

__all__ = ["JiraEmulator", "build"]


def build(clock: Callable[[], datetime], options: Mapping[str, str]) -> JiraEmulator:
    """An emulator of the product that the options name. Raises ValueError for one that there is not."""
    product = options.get("product", CLOUD)
    if product not in (CLOUD, DATA_CENTER):
        raise ValueError(f"there is no Jira product {product!r}: it is {CLOUD} or {DATA_CENTER}")
    return JiraEmulator(clock, product)
