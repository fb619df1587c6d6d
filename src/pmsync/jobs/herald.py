"""Tells people what is amiss: a thread that looks when it is woken, and sends what is to be told."""

import logging
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pmsync.config import secrets
from pmsync.config.settings import Config
from pmsync.connector.pacing import Clock
from pmsync.errors import LockedError, PmsyncError, TransientError
from pmsync.jobs.alerts import Told, turns
from pmsync.jobs.conditions import Observer, broke, broken_pass
from pmsync.jobs.notices import documents
from pmsync.jobs.notify import Channel, channels
from pmsync.jobs.work import Ended
from pmsync.store.inbox import Inbox
from pmsync.store.notices import Notice
from pmsync.store.store import Store

_LOOK: Final = 60.0
"""Seconds between two looks, at the most."""
_SETTLE: Final = 60.0
"""Seconds after its start in which a process tells only what is told at once: its first pass may mend the rest."""
_GAP: Final = 1.0
"""Seconds between two looks at the least."""

_WAITS: Final = (2.0, 8.0)
"""Seconds before a notice is tried for the second and the third time."""
_LATER: Final = timedelta(minutes=10)
"""How long after three tries it is tried again."""
_HELD: Final = timedelta(minutes=5)
"""How long nobody else sends what one process is about to."""
_OLD: Final = timedelta(hours=24)
"""How old a notice is that is sent no more."""

_WORTH_A_LOOK: Final = ("conflicts", "quarantined")

log = logging.getLogger("pmsync.alerts")


class Herald:
    """One for a process. Whatever several of one installation see, they tell once."""

    def __init__(
        self,
        config: Config,
        store: Store,
        inbox: Inbox,
        clock: Clock,
        *,
        by: Mapping[str, Channel] | None = None,
    ) -> None:
        """`by`: the channels, if not those of the config."""
        self._config = config
        self._store = store
        self._clock = clock
        self._channels = channels(config.alerts) if by is None else by
        self._secrets = secrets(config)
        self._observer = Observer(config, store, inbox, clock.now())
        self._after = timedelta(seconds=config.alerts.after)
        self._settled = clock.monotonic() + min(_SETTLE, config.alerts.after)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alerts", daemon=True)

    @property
    def every(self) -> float:
        """Seconds between two looks."""
        return min(_LOOK, max(1.0, self._config.alerts.after / 4))

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, grace: float) -> None:
        """End, when what is being sent is sent, but wait no longer than so many seconds. The rest is sent later."""
        self._stopping.set()
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(grace)

    def wake(self) -> None:
        """Look soon."""
        self._wake.set()

    def heard(self, ended: Ended) -> None:
        """A run ended. Does nothing that takes long, and raises nothing."""
        broken = broke(ended)
        if isinstance(ended.error, LockedError):
            return
        if broken is not None:
            try:
                self._store.progress.put_fact(broken_pass(ended.topic.sync), broken.as_text())
            except PmsyncError as error:
                log.warning("how a pass ended cannot be kept: %s", error)
        report = ended.report
        if broken is not None or (report and (report.errors or any(report.total(one) for one in _WORTH_A_LOOK))):
            self._wake.set()

    def counts(self) -> dict[tuple[str, str], int]:
        """How many notices were sent, or could not be, by status and outcome: `sent`, `failed`, `lost`."""
        with self._lock:
            return dict(self._counts)

    def look(self) -> None:
        """See what is amiss, and have told what is to be told. Raises StateError, LockedError."""
        now, notices = self._clock.now(), self._store.notices
        known = notices.alerts()
        seen = self._observer.conditions(now, known)
        settled = self._clock.monotonic() >= self._settled
        found = list(turns(known, seen, now, self._after if settled else timedelta.max))
        if not found:
            return
        with self._store.transaction("alerts"):
            told: list[Told] = [
                turn.told for turn in found if notices.change(turn.before, turn.after) and turn.told is not None
            ]
            for document in documents(told, self._store.instance, self._secrets):
                notices.send(list(self._channels), dict(document), now)

    def deliver(self) -> None:
        """Send what is to be sent now. Raises StateError, LockedError."""
        for name, channel in self._channels.items():
            while not self._stopping.is_set():
                now = self._clock.now()
                notice = self._store.notices.take(name, now, now + _HELD)
                if notice is None or not self._deliver(notice, channel):
                    break

    def _deliver(self, notice: Notice, channel: Channel) -> bool:
        """Send one, and remember what became of it; False where the next of the channel has to wait."""
        document: Any = notice.document
        if self._clock.now() - notice.made_at > _OLD:
            self._lose(notice, document, "for a day")
            return True
        error = self._try(document, f"{self._store.instance}-{notice.id}", channel)
        self._note(notice.channel, error)
        if error is None:
            self._store.notices.drop(notice)
            self._count(document, "sent")
            return True
        if not isinstance(error, TransientError):
            self._lose(notice, document, f"and never will be: {error}")
            return True
        self._count(document, "failed")
        log.warning("an alert could not be sent, and is tried again later: %s", error)
        self._store.notices.put_off(notice, self._clock.now() + _LATER)
        return False

    def _try(self, document: Any, number: str, channel: Channel) -> PmsyncError | None:
        for wait in (*_WAITS, None):
            try:
                channel.send(document, number, self._clock.now())
                return None
            except PmsyncError as error:
                if wait is None or not isinstance(error, TransientError) or self._stopping.is_set():
                    return error
                self._clock.sleep(wait)
        return None

    def _lose(self, notice: Notice, document: Any, why: str) -> None:
        self._store.notices.drop(notice)
        self._count(document, "lost")
        log.error("an alert could not be sent %s: %s", why, document.get("text"))

    def _note(self, channel: str, error: PmsyncError | None) -> None:
        """Kept for whoever asks whether alerts arrive."""
        fact, told = unsent(channel), error.message if error else ""
        if (self._store.progress.fact(fact) or "") != told:
            self._store.progress.put_fact(fact, told)

    def _count(self, document: Any, outcome: str) -> None:
        with self._lock:
            self._counts[str(document.get("status")), outcome] += 1

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopping.is_set():
                return
            try:
                self.look()
                self.deliver()
            except PmsyncError as error:
                log.warning("what is amiss cannot be told just now: %s", error)
            except Exception as error:  # noqa: BLE001 - alerts go on, whatever one of them was
                # Its words may be anybody's.
                log.error("what is amiss cannot be told: pmsync failed over it (%s)", type(error).__name__)
            self._stopping.wait(_GAP)


def unsent(channel: str) -> str:
    """The fact that says why the last alert by a channel could not be sent; "" where it was."""
    return f"unsent alerts {channel}"
