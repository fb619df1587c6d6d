"""What is said of an alert, as a document: for programs by its keys, for people by its `text`, in one line."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from pmsync.connector.redaction import redacted
from pmsync.jobs.alerts import Kind, Severity, Status, Told

_MOST: Final = 5
"""Of more of one kind at once, one document tells."""
_LONGEST: Final = 600
"""Characters of a text, or of a part of a document."""

Document = dict[str, str]


def documents(told: Iterable[Told], instance: str, secrets: tuple[str, ...]) -> Iterator[Document]:
    """A document for each; one for all that would be a flood. None of the secrets is in it."""
    for _, alike in groupby(sorted(told, key=_alike), _alike):
        together = list(alike)
        if len(together) > _MOST:
            together = [_summed(together)]
        for one in together:
            yield _document(one, instance, secrets)


def trial(instance: str, at: datetime) -> Document:
    """A document that says that nothing is amiss."""
    message = "this is a test: nothing is amiss"
    return {
        "kind": Kind.TEST, "severity": Severity.INFO, "connection": "", "sync": "", "item": "", "message": message,
        "remedy": "", "since": at.isoformat(), "instance": instance, "status": Status.RAISED,
        "text": f"pmsync: {message}",
    }  # fmt: skip


def _alike(told: Told) -> tuple[str, str, str]:
    return told.status, told.what["kind"], told.what["sync"]


def _summed(told: list[Told]) -> Told:
    first = min(told, key=lambda one: one.since)
    message = f"{len(told)} times at once, this among them: {first.what['message']}"
    remedy = "`pmsync conflicts list` has them all" if first.what["kind"] == Kind.ASIDE else first.what["remedy"]
    return Told(
        first.status, {**first.what, "message": message, "remedy": remedy}, first.since, first.until,
        again=all(one.again for one in told), flaps=any(one.flaps for one in told),
    )  # fmt: skip


def _document(told: Told, instance: str, secrets: tuple[str, ...]) -> Document:
    said = {key: redacted(told.what[key], secrets) for key in ("message", "remedy")}
    what = {key: _line(value) for key, value in {**told.what, **said}.items()}
    return {
        "kind": what["kind"], "severity": what["severity"], "connection": what["connection"], "sync": what["sync"],
        "item": what["item"], "message": what["message"], "remedy": what["remedy"],
        "since": told.since.isoformat(), "instance": instance, "status": told.status.value,
        "text": _tame(_line(_text(told, what))),
    }  # fmt: skip


def _text(told: Told, what: Document) -> str:
    where = ", item ".join(one for one in (what["connection"] or what["sync"], what["item"]) if one)
    about = f"{where}: {what['message']}" if where else what["message"]
    if told.status is Status.CLEARED:
        lasted = f" after {_spoken((told.until or told.since) - told.since)}"
        return f"pmsync: well again{lasted}: {about}"
    still = "still " if told.again else "again, it comes and goes, " if told.flaps else ""
    return f"pmsync alert: {about} ({still}since {told.since:%Y-%m-%d %H:%M} UTC). What to do: {what['remedy']}"


def _spoken(length: timedelta) -> str:
    """How long something was, as people say it."""
    seconds = max(0, round(length.total_seconds()))
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}s"
    return f"{seconds} seconds"


def _line(text: str) -> str:
    """One line of what can be shown."""
    shown = "".join(one if one.isprintable() else " " for one in text)
    line = " ".join(shown.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _tame(text: str) -> str:
    """Nothing that a chat tool would take for a link, or for a call to everybody."""
    return re.sub(r"@(?=channel|here|all|everyone)", "", text).replace("<", "‹").replace(">", "›")
