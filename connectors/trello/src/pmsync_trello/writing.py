"""Writing cards: making them with their marker, changing what is to be changed and nothing else."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Created, Opening, Updated
from pmsync.errors import PmsyncError, RejectedError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native
from pmsync.text.dialect import Dialect
from pmsync_trello import convert
from pmsync_trello.answers import MissingError
from pmsync_trello.client import Client
from pmsync_trello.directory import Directory

_BLAME = re.compile(r"invalid value for (\w+)")
_KEYS = {**convert.SCALARS, Field.ASSIGNEES: "idMembers", Field.LABELS: "idLabels"}
_FIELDS = {key: field for field, key in _KEYS.items()}
_NEEDED = ("name", "idList", "urlSource")
"""What a new card is not made without."""
_NO_LABEL = "the board has no such label, and making one is switched off"
_NO_FIELD = "the board has no custom field for it any more"


class Writer:
    """The writing half of a connection. Thread-safe."""

    def __init__(self, client: Client, directory: Directory, dialect: Dialect, opening: Opening) -> None:
        self._client = client
        self._directory = directory
        self._dialect = dialect
        self._opening = opening

    def create(self, draft: Draft) -> Created:
        """Make one card; the answer tells of every failure. What the tool will not take of it is left out and noted."""
        notes: dict[Field, str] = {}
        try:
            body = self._body(draft, notes)
            card = self._created(body, notes)
        except PmsyncError as error:
            return Created(error=error)
        shown = self._answered(card, draft)
        return Created(self._with_custom_fields(shown, draft, notes), notes=notes)

    def _body(self, draft: Draft, notes: dict[Field, str]) -> dict[str, Any]:
        body: dict[str, Any] = {"pos": "bottom", "urlSource": convert.marker_link(draft.marker)}
        for field, key in convert.SCALARS.items():
            if draft.fields.get(field) is not None:
                body[key] = convert.attribute(field, draft.fields[field])
        if not body.get("idList"):
            body["idList"] = self._first_list()
        members = draft.fields.get(Field.ASSIGNEES)
        if isinstance(members, list) and members:
            body["idMembers"] = ",".join(str(member) for member in members)
        labels = draft.fields.get(Field.LABELS)
        ids = self._label_ids(labels, notes) if isinstance(labels, list) else []
        return {**body, "idLabels": ",".join(ids)} if ids else body

    def _first_list(self) -> str:
        opened = [one.id for one in self._directory.names().lists if one.open]
        if not opened:
            raise RejectedError("the board has no list to put a card on", connection=self._opening.connection)
        return opened[0]

    def _label_ids(self, labels: list[Json], notes: dict[Field, str]) -> list[str]:
        ids = []
        for name in labels:
            label = self._directory.label(str(name))
            if label is None:
                notes[Field.LABELS] = f"{name!r}: {_NO_LABEL}"
            else:
                ids.append(label)
        return ids

    def _created(self, body: dict[str, Any], notes: dict[Field, str]) -> dict[str, Any]:
        """Send the body; where one value is refused, nothing was made: send it without that value."""
        while True:
            try:
                return self._client.create_card(body)
            except RejectedError as error:
                blamed = _BLAME.search(error.message)
                key = blamed[1] if blamed else ""
                if key not in body or key in _NEEDED:
                    raise
                notes[_FIELDS[key]] = error.message
                del body[key]

    def _answered(self, card: Mapping[str, Any], draft: Draft) -> Native:
        """The new card. It was made: an answer that cannot be read leaves open as what."""
        try:
            return convert.native(card, self._directory.names(), self._dialect, marker=draft.marker)
        except (KeyError, TypeError, ValueError):
            message = "Trello's answer makes no sense"
            raise UnknownOutcomeError(message, connection=self._opening.connection) from None

    def _with_custom_fields(self, native: Native, draft: Draft, notes: dict[Field, str]) -> Native:
        fields = dict(native.fields)
        for field in (Field.PRIORITY, Field.ESTIMATE):
            value = draft.fields.get(field)
            if value is None:
                continue
            try:
                self.set_custom(native.ref.id, field, value)
                fields[field] = value
            except PmsyncError as error:
                notes[field] = error.message
        return replace(native, fields=fields)

    def set_custom(self, card: str, field: Field, value: Json) -> None:
        """Set or clear the custom field that holds the priority or the estimate. Raises RejectedError if none does."""
        names = self._directory.names()
        custom_field = names.priority if field is Field.PRIORITY else names.estimate
        if not custom_field:
            raise RejectedError(_NO_FIELD, connection=self._opening.connection, field=field.value)
        if field is Field.PRIORITY:
            body: dict[str, Any] = {"idValue": "" if value is None else value}
        else:
            body = {"value": "" if value is None else {"number": convert.number_text(value)}}
        self._client.set_field(card, custom_field, body)

    def update(self, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """Write one card's patch. Raises RejectedError where nothing of it is taken."""
        return _Update(self._client, self._directory, self._dialect, self, seen).carry_out(patch)


class _Update:
    """One update under way: what is shown so far, what was refused, and whether anything was written yet."""

    def __init__(self, client: Client, directory: Directory, dialect: Dialect, writer: Writer, seen: Native) -> None:
        self._client = client
        self._directory = directory
        self._dialect = dialect
        self._writer = writer
        self._seen = seen
        self._card = seen.ref.id
        self._shown = seen
        self._refused: dict[Field, str] = {}
        self._wrote = False

    def carry_out(self, patch: Mapping[Field, Json]) -> Updated:
        try:
            self._scalars({field: patch[field] for field in convert.SCALARS if field in patch})
            for field, change in ((Field.LABELS, self._labels), (Field.ASSIGNEES, self._assignees)):
                if field in patch:
                    self._attempt(field, change, patch[field])
            for field in (Field.PRIORITY, Field.ESTIMATE):
                if field in patch:
                    self._attempt(field, self._custom, field, patch[field])
        except UnknownOutcomeError:
            raise
        except TransientError as error:
            if not self._wrote:
                raise
            # A part has been written: what the whole came to must be looked up.
            raise UnknownOutcomeError(error.message, after=error.after, connection=error.connection) from None
        applied = frozenset(patch) - self._refused.keys()
        for field in applied - _WRITABLE:
            self._refused[field] = "Trello has no such field"
        applied &= _WRITABLE
        if patch and not applied:
            raise RejectedError("; ".join(dict.fromkeys(self._refused.values())))
        return Updated(self._shown, applied, self._refused)

    def _attempt(self, field: Field, change: Callable[..., None], *args: Json) -> None:
        try:
            change(*args)
        except MissingError:
            if not self._wrote:
                raise
            self._refused[field] = "the card is not there any more"
        except RejectedError as error:
            self._refused[field] = error.message

    def _scalars(self, values: Mapping[Field, Json]) -> None:
        """Write all plain attributes in one call; where one value is refused, nothing was written: go on without it."""
        body = {convert.SCALARS[field]: convert.attribute(field, value) for field, value in values.items()}
        while body:
            try:
                card = self._client.update_card(self._card, body)
            except MissingError:
                raise
            except RejectedError as error:
                self._refuse(body, error)
                continue
            self._wrote = True
            self._show(card)
            return

    def _refuse(self, body: dict[str, Json], error: RejectedError) -> None:
        blamed = _BLAME.search(error.message)
        keys = [blamed[1]] if blamed and blamed[1] in body else list(body)
        for key in keys:
            del body[key]
            self._refused[_FIELDS[key]] = error.message

    def _show(self, card: Mapping[str, Any]) -> None:
        """The answer to a change of attributes, which is the card without its attachments and custom fields."""
        try:
            native = convert.native(card, self._directory.names(), self._dialect, marker=self._seen.marker)
        except (KeyError, TypeError, ValueError):
            raise UnknownOutcomeError("Trello's answer makes no sense") from None
        custom = {field: self._seen.fields[field] for field in _CUSTOM if field in self._seen.fields}
        self._shown = replace(native, fields={**native.fields, **custom}, links=self._seen.links)

    def _labels(self, wanted: Json) -> None:
        before, after = _members(self._seen.fields.get(Field.LABELS)), _members(wanted)
        for name in before:
            if name not in after:
                # Several labels may have the name, and the card any of them.
                for label in self._directory.labelled(name):
                    self._take_off("idLabels", label)
                self._without(Field.LABELS, name)
        for name in after:
            if name in before:
                continue
            label_id = self._directory.label(name)
            if label_id is None:
                self._refused[Field.LABELS] = f"{name!r}: {_NO_LABEL}"
                continue
            self._put_on("idLabels", label_id)
            self._with(Field.LABELS, name)

    def _assignees(self, wanted: Json) -> None:
        before, after = _members(self._seen.fields.get(Field.ASSIGNEES)), _members(wanted)
        for member in before:
            if member not in after:
                self._take_off("idMembers", member)
                self._without(Field.ASSIGNEES, member)
        for member in after:
            if member in before:
                continue
            try:
                self._put_on("idMembers", member)
            except MissingError:
                raise
            except RejectedError as error:
                self._refused[Field.ASSIGNEES] = f"{member} cannot be put on the card ({error.message})"
                continue
            self._with(Field.ASSIGNEES, member)

    def _put_on(self, kind: str, value: str) -> None:
        try:
            self._client.add(self._card, kind, value)
        except RejectedError as error:
            if "already on the card" not in error.message:
                raise
        self._wrote = True

    def _take_off(self, kind: str, value: str) -> None:
        try:
            self._client.remove(self._card, kind, value)
        except MissingError:
            return
        except RejectedError as error:
            if "not on the card" not in error.message:
                raise
        self._wrote = True

    def _custom(self, field: Json, value: Json) -> None:
        self._writer.set_custom(self._card, Field(str(field)), value)
        self._wrote = True
        self._shown = replace(self._shown, fields={**self._shown.fields, Field(str(field)): value})

    def _with(self, field: Field, member: str) -> None:
        now = _members(self._shown.fields.get(field))
        if member not in now:
            self._shows(field, sorted([*now, member]) if field is Field.LABELS else [*now, member])

    def _without(self, field: Field, member: str) -> None:
        self._shows(field, [one for one in _members(self._shown.fields.get(field)) if one != member])

    def _shows(self, field: Field, members: list[str]) -> None:
        self._shown = replace(self._shown, fields={**self._shown.fields, field: [*members]})


_CUSTOM = frozenset({Field.PRIORITY, Field.ESTIMATE})
_WRITABLE = frozenset(_KEYS) | _CUSTOM


def _members(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
