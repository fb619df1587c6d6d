"""Creating issues: fifty to a request, each sent once, then walked to their status and read back."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Created
from pmsync.errors import AuthError, FatalError, PmsyncError, RejectedError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native
from pmsync_jira.answers import RefusalError, collected, sentence
from pmsync_jira.client import Client
from pmsync_jira.convert import Conversion
from pmsync_jira.issues import Issues, Raw, chunks
from pmsync_jira.memory import Memory
from pmsync_jira.names import Names
from pmsync_jira.order import Order
from pmsync_jira.releasing import Releasing
from pmsync_jira.screen import fill
from pmsync_jira.settling import Settling
from pmsync_jira.updating import ALIASES, place
from pmsync_jira.walking import Walker
from pmsync_jira.workflow import Step

_BULK = 50
_SENDINGS = 3
_KEPT = ("project", "issuetype", "summary")
_OPTIONAL = ("assignee", "parent", "priority")
"""Fields that an issue is rather made without than not made; what is not on the screen is another such."""


class Creating:
    """Creates. `pool` does what can be done for many issues at once."""

    def __init__(
        self,
        client: Client,
        memory: Memory,
        names: Names,
        walker: Walker,
        *,
        pool: Executor,
        issues: Callable[[], Issues],
        conversion: Callable[[], Conversion],
        native: Callable[[Raw], Native],
        defaults: Mapping[str, Json],
        text: Callable[[str], Json],
    ) -> None:
        self._client = client
        self._memory = memory
        self._names = names
        self._walker = walker
        self._issues = issues
        self._conversion = conversion
        self._native = native
        self._defaults = defaults
        self._text = text
        self._releasing = Releasing(client, memory)
        self._settling = Settling(memory, walker, pool=pool, issues=issues)

    def create(self, drafts: Sequence[Draft]) -> list[Created]:
        """As `Connector.create`. What keeps a whole request from being done is raised if nothing was made before it."""
        done: list[Created] = []
        for part in chunks(drafts, _BULK):
            try:
                done += self._batch(part)
            except (AuthError, FatalError) as error:
                if not done:
                    raise
                done += [Created(error=error) for _ in part]
        return done

    def _batch(self, drafts: Sequence[Draft]) -> list[Created]:
        orders = [self._order(draft) for draft in drafts]
        pending = [order for order in orders if order.error is None]
        for _ in range(_SENDINGS):
            if pending:
                pending = self._send_rest(orders, pending)
        for order in pending:
            order.error = RejectedError("Jira went on refusing one field after another")
        made = [order for order in orders if order.id]
        natives: dict[str, Native] = {}
        if made:
            self._settling.settle(made)
            natives = self._read_back(made)
        return [self._created(order, natives) for order in orders]

    def _send_rest(self, orders: list[Order], pending: list[Order]) -> list[Order]:
        """As `_send`; but where some of these orders were made already, nothing keeps that from being told."""
        try:
            return self._send(pending)
        except (AuthError, FatalError) as error:
            if not any(order.id for order in orders):
                raise
            return _fail(pending, error)

    def _created(self, order: Order, natives: Mapping[str, Native]) -> Created:
        if not order.id:
            return Created(error=order.error)
        native = natives.get(order.id)
        if native is None:
            error = UnknownOutcomeError(
                f"the issue was created (id {order.id}), but could not be read back", connection=self._client.connection
            )
            return Created(error=error, notes=order.notes)
        marked = replace(native, marker=native.marker or order.draft.marker)
        return Created(marked, notes=order.notes, unfinished=frozenset(order.unfinished))

    # --- the body -------------------------------------------------------------------------------------------------

    def _order(self, draft: Draft) -> Order:
        """What to send for a draft: its values and the defaults, as far as the type's create form has them."""
        conversion = self._conversion()
        type_, note = self._type(draft)
        order = Order(draft, type_, place(draft.fields.get(Field.STATUS)), {}, {})
        if note:
            order.notes[Field.TYPE] = note
        if not type_:
            order.error = RejectedError("the project has no issue type that can be created")
            return order
        screen = self._names.screen(type_)
        on_form = {slot.id for slot in screen}
        order.fields = {"project": {"id": conversion.project}, "issuetype": {"id": type_}}
        for field_, value in draft.fields.items():
            if field_ in (Field.STATUS, Field.TYPE) or value is None or value == [] or value is False:
                continue
            if field_ is Field.LINKS:
                order.unfinished.add(field_)
                continue
            own = conversion.custom.own.get(field_)
            reason = self._releasing.prepare(own, value) if own else ""
            if reason:
                order.notes[field_] = reason
                continue
            name = conversion.custom.id_for(field_, frozenset(on_form))
            if name is None or (screen and name not in on_form and name not in _KEPT):
                order.notes[field_] = "the create form of this type has no such field"
                continue
            order.fields[name] = conversion.written(field_, value)
            order.names[name] = field_
        filling = fill(screen, self._defaults, given=order.fields, text=self._text, cloud=self._memory.cloud)
        order.fields.update(filling.values)
        order.step = self._first_step(order)
        return order

    def _type(self, draft: Draft) -> tuple[str, str]:
        """The type to create, and a note where it is not the one that was asked for."""
        types = self._names.types()
        wanted = draft.fields.get(Field.TYPE)
        kind = types.get(wanted) if isinstance(wanted, str) else None
        if isinstance(wanted, str) and kind and (kind.level >= 0 or draft.fields.get(Field.PARENT)):
            return wanted, ""
        default = str(self._defaults.get("issuetype") or "").casefold()
        named = [id_ for id_, fact in types.items() if default in (id_, fact.name.casefold())]
        standard = [id_ for id_, fact in types.items() if fact.level == 0]
        note = "" if wanted is None else "a sub-task needs a parent" if kind else "the project has no such type"
        return next(iter(named or standard), ""), note

    def _first_step(self, order: Order) -> Step | None:
        """The transition that can go with the create: known, and with no form to fill."""
        start = self._memory.initial.get(order.type)
        if not order.goal or start is None or start == order.goal:
            return None
        path = self._memory.graph.path(order.type, start, order.goal, self._walker.usable)
        return path[0] if path and not any(slot.required for slot in path[0].screen) else None

    # --- sending --------------------------------------------------------------------------------------------------

    def _send(self, orders: list[Order]) -> list[Order]:
        """Send one bulk create. Answers those that Jira refused for something that can be left out, changed to be sent
        again: nothing was made of them.
        """
        try:
            answer = self._client.write("POST", "issue/bulk", body={"issueUpdates": [order.body() for order in orders]})
            told = answer.data
        except RefusalError as refusal:
            told = _failures(refusal)
            if told is None:
                return _fail(orders, RejectedError(refusal.message, connection=refusal.connection))
        except TransientError as error:
            return _fail(orders, error)
        return self._sort(orders, told)

    def _sort(self, orders: list[Order], told: Any) -> list[Order]:
        """Give each order its outcome: failures are numbered, successes follow in order with the failures left out."""
        try:
            failed = {
                int(error["failedElementNumber"]): error.get("elementErrors") for error in told.get("errors") or []
            }
            made = [(str(issue["id"]), issue.get("transition")) for issue in told.get("issues") or []]
        except (KeyError, TypeError, ValueError, AttributeError):
            failed, made = {}, []
        if len(failed) + len(made) != len(orders) or not failed.keys() <= set(range(len(orders))):
            unclear = UnknownOutcomeError(
                "Jira's answer to a bulk create is not clear", connection=self._client.connection
            )
            return _fail(orders, unclear)
        rest = iter(made)
        again = []
        for number, order in enumerate(orders):
            if number in failed:
                if self._mend(order, failed[number]):
                    again.append(order)
            else:
                order.id, moved = next(rest)
                order.status = self._status_after(order, moved)
        return again

    def _status_after(self, order: Order, moved: Any) -> str:
        """Where a new issue is; a transition that went with its create may have failed by itself."""
        if order.step is None:
            return self._memory.initial.get(order.type, "")
        status = moved.get("status") if isinstance(moved, dict) else None
        if status is None or 200 <= int(status) < 300:
            return order.step.to
        return ""

    def _mend(self, order: Order, errors: Any) -> bool:
        """Leave out what Jira refused, if the issue can do without; else keep the refusal as the order's error."""
        messages, told = collected(errors)
        fields = {ALIASES.get(name, name): text for name, text in told.items()}
        loose = {
            name: text
            for name, text in fields.items()
            if name in order.fields
            and name not in _KEPT
            and (name in _OPTIONAL or "cannot be set" in text or order.names.get(name) in self._conversion().custom.own)
        }
        if fields and loose.keys() == fields.keys():
            for name, text in loose.items():
                order.drop(name, text)
            if "parent" in loose:
                self._without_parent(order)
            return True
        if order.step and not fields:
            order.step = None
            return True
        named = [order.names[name] for name in fields if name in order.names]
        text = sentence(messages, fields) or "Jira refused it without a word"
        order.error = RejectedError(text, connection=self._client.connection, field=named[0] if named else "")
        return False

    def _without_parent(self, order: Order) -> None:
        """A sub-task that cannot have its parent becomes an issue of the default type."""
        kind = self._names.types().get(order.type)
        if kind and kind.level < 0:
            alone = replace(order.draft, fields={**order.draft.fields, Field.PARENT: None})
            order.type, order.notes[Field.TYPE] = self._type(alone)
            order.fields["issuetype"] = {"id": order.type}
            order.step = None

    # --- what came of it ------------------------------------------------------------------------------------------

    def _read_back(self, orders: list[Order]) -> dict[str, Native]:
        try:
            natives = [self._native(raw) for raw in self._issues().by_id([order.id for order in orders])]
        except PmsyncError:
            return {}
        return {native.ref.id: native for native in natives}


def _fail(orders: Iterable[Order], error: PmsyncError) -> list[Order]:
    for order in orders:
        order.error = error
    return []


def _failures(refusal: RefusalError) -> Any:
    """The outcome per element in a 400 that refused them all; None where the request as such was refused."""
    try:
        told = json.loads(refusal.body)
    except ValueError:
        return None
    errors = told.get("errors") if isinstance(told, dict) else None
    return told if isinstance(errors, list) and errors else None
