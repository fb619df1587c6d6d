"""Who changed what in the real tools: what is there is compared before and after everything that may change it."""

from tests.simulation.accounts import Accounts
from tests.simulation.calling import Calling
from tests.simulation.ledger import Birth, Edit, End, Ledger, nothing_newer

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native


class Chronicle:
    """Writes the ledger."""

    def __init__(self, ledger: Ledger, accounts: Accounts, calling: Calling) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._calling = calling

    def record(self, connection: str, *, ours: bool) -> None:
        """Take down what changed since the last time."""
        before = self._accounts.now(connection)
        after = self._accounts.renew(connection)
        self._ledger.remarks += self._calling.remarks
        self._calling.remarks.clear()
        for identity, native in after.items():
            known = before.get(identity)
            if known is None:
                item = self._calling.marked(native) if ours else native.marker.item if native.marker else ""
                self._ledger.add(Birth(self._ledger.next, connection, identity, ours, item))
            else:
                self._compare(connection, known, native, ours=ours)
        for identity, native in before.items():
            if identity not in after:
                self._end(connection, native, ours=ours, deleted=True)

    def _compare(self, connection: str, before: Native, after: Native, *, ours: bool) -> None:
        for name in sorted({*before.fields, *after.fields}):
            if before.fields.get(name) != after.fields.get(name):
                self._edit(connection, before, name, after.fields.get(name), ours=ours)
        if after.archived and not before.archived:
            self._end(connection, before, ours=ours, deleted=False)

    def _edit(self, connection: str, before: Native, name: Field, after: Json, *, ours: bool) -> None:
        ledger, identity, value = self._ledger, before.ref.id, before.fields.get(name)
        base = ledger.base(connection, identity)
        seen = self._calling.seen.get(identity)
        unseen = ours and seen is not None and seen.fields.get(name) != value
        ledger.add(
            Edit(ledger.next, connection, identity, name, value, after, ours, base.get(name), name in base,
                 ledger.audited(), unseen)
        )  # fmt: skip

    def _end(self, connection: str, before: Native, *, ours: bool, deleted: bool) -> None:
        ledger = self._ledger
        base = ledger.base(connection, before.ref.id) if ours else {}
        # What is in an archive can be looked at once more, and taken out again.
        clean = nothing_newer(before, base, self._calling.look.get(before.ref.id) if deleted else None)
        ledger.add(End(ledger.next, connection, before.ref.id, ours, deleted, clean, stray=ours and not base))
