"""Items set aside whole: where pmsync itself fails over one, the others go on and a person is told."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from pmsync.errors import PmsyncError, RejectedError
from pmsync.sync.members import Bench
from pmsync.sync.report import Report


@contextmanager
def isolated(bench: Bench, item: str) -> Iterator[None]:
    """Keep a mistake of ours, made inside over one item, from the others: the item is set aside with the reason.

    What pmsync means to raise, and what ends the process, goes through.
    """
    try:
        yield
    except PmsyncError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this item alone
        set_aside(bench, item, _reason(error))


def set_aside(bench: Bench, item: str, reason: str) -> None:
    """From now on nothing is decided about the item, or written to it, until it is released."""
    bundle = bench.store.items.get(item)
    if bundle is not None and bundle.item.quarantine is None:
        bench.store.items.put([replace(bundle.item, quarantine=reason)])
    bench.aside[item] = reason


def tell_aside(bench: Bench, report: Report) -> None:
    """Report the items that were set aside in this run."""
    for item, reason in bench.aside.items():
        report.fail(RejectedError(f"set aside, the others went on: {reason}"), item=item)


def _reason(error: Exception) -> str:
    """The error and where it was made, for whoever mends it. No values: a text of a user's may be among them."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename.rpartition('/')[2]}"
    return f"pmsync failed over it ({type(error).__name__}{place if frames else ''})"
