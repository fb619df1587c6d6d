"""Changing cards: what is to be changed and nothing else, sets by what is added and removed."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Updated
from pmsync.errors import RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.text.dialect import Dialect
from pmsync_trello import convert, described
from pmsync_trello.answers import GoneError, MissingError
from pmsync_trello.client import Client
from pmsync_trello.custom_fields import set_custom
from pmsync_trello.describing import Describer
from pmsync_trello.directory import Directory
from pmsync_trello.link_writing import put_links
from pmsync_trello.neighbours import Neighbours
from pmsync_trello.refusals import FIELDS, blamed

_WRITABLE = frozenset({*FIELDS.values(), Field.LINKS})


_FIXED = {Field.TYPE: "a card stays a card", Field.PARENT: "a card has no parent"}


class Update:
    """One update of one card under way: what is shown so far, what was refused, whether anything was written yet."""

    def __init__(
        self,
        client: Client,
        directory: Directory,
        neighbours: Neighbours,
        describer: Describer,
        dialect: Dialect,
        ref: Ref,
        seen: Native,
    ) -> None:
        self._client = client
        self._describer = describer
        self._directory = directory
        self._neighbours = neighbours
        self._dialect = dialect
        self._seen = seen
        self._card = ref.id
        self._shown = seen
        self._refused: dict[Field, str] = {}
        self._wrote = False

    def carry_out(self, patch: Mapping[Field, Json]) -> Updated:
        """Write the patch. Raises RejectedError where nothing of it is taken, StaleError where the card is gone."""
        try:
            self._write(patch)
        except GoneError:
            raise StaleError("the card is not there any more") from None
        except TransientError as error:
            if not self._wrote or isinstance(error, UnknownOutcomeError):
                raise
            # A part has been written: what the whole came to must be looked up.
            raise UnknownOutcomeError(error.message, after=error.after, connection=error.connection) from None
        applied = frozenset(patch) - self._refused.keys()
        if patch and not applied:
            raise RejectedError("; ".join(dict.fromkeys(self._refused.values())))
        return Updated(self._shown, applied, self._refused)

    def _write(self, patch: Mapping[Field, Json]) -> None:
        names = self._directory.names()
        held = names.held
        told = self._told(patch[Field.DESCRIPTION]) if names.described and Field.DESCRIPTION in patch else None
        scalars = {field: patch[field] for field in convert.SCALARS if field in patch and field not in held}
        if names.described and (told is None or described.prose(patch[Field.DESCRIPTION]) == told["desc"]):
            # Refused, or the text itself is as it is to be.
            scalars.pop(Field.DESCRIPTION, None)
        self._scalars(scalars)
        if told is not None and Field.DESCRIPTION not in self._refused:
            self._attempt(Field.DESCRIPTION, self._checklists, told, patch[Field.DESCRIPTION])
        sets = ((Field.LABELS, self._labels), (Field.ASSIGNEES, self._assignees), (Field.LINKS, self._links))
        for field, change in sets:
            if field in patch:
                self._attempt(field, change, patch[field])
        for field in held:
            if field in patch:
                self._attempt(field, self._custom, field, patch[field])
        for field in patch.keys() - _WRITABLE - held.keys() - self._as_it_is(patch):
            self._refused[field] = _FIXED.get(field, "Trello has no such field")

    def _told(self, wanted: Json) -> Mapping[str, Any] | None:
        """The text and the checklists that the wanted description is to be written over; None where it is refused.

        Raises StaleError, before anything is written, where they are not what was seen.
        """
        try:
            self._describer.admit(wanted)
        except RejectedError as error:
            self._refused[Field.DESCRIPTION] = error.message
            return None
        told = self._describer.read(self._card)
        shown = self._dialect.canonical(self._describer.shown(told))
        if self._seen.fields.get(Field.DESCRIPTION, shown) != shown:
            raise StaleError("the description is not as it was read a moment ago")
        return {**told, "desc": described.prose(shown)}

    def _checklists(self, told: Any, wanted: Json) -> None:
        for _ in self._describer.put(self._card, told, wanted):
            self._wrote = True
        self._shown = replace(self._shown, fields={**self._shown.fields, Field.DESCRIPTION: wanted})

    def _as_it_is(self, patch: Mapping[Field, Json]) -> set[Field]:
        return {field for field in _FIXED if field in patch and patch[field] == self._seen.fields.get(field, patch)}

    def _attempt(self, field: Field, change: Callable[..., None], *args: Any) -> None:
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
        key = blamed(error, body)
        for refused in [key] if key else list(body):
            del body[refused]
            self._refused[FIELDS[refused]] = error.message

    def _show(self, card: Mapping[str, Any]) -> None:
        """The answer to a change of attributes, which is the card without its attachments and custom fields."""
        try:
            names = self._directory.names()
            native = convert.native(card, names, self._dialect, marker=self._seen.marker)
        except (KeyError, TypeError, ValueError):
            raise UnknownOutcomeError("Trello's answer makes no sense") from None
        custom = {field: self._seen.fields[field] for field in (*names.held, Field.LINKS) if field in self._seen.fields}
        if names.described:
            lists = described.checklists(self._seen.fields.get(Field.DESCRIPTION))
            text = described.prose(native.fields[Field.DESCRIPTION])
            custom[Field.DESCRIPTION] = described.native(text, lists)
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
            try:
                label = self._directory.label(name)
            except RejectedError as error:
                self._refused[Field.LABELS] = error.message
                continue
            self._put_on("idLabels", label)
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

    def _links(self, wanted: Json) -> None:
        before = self._shown.fields.get(Field.LINKS)
        for _ in put_links(self._client, self._neighbours, self._card, before, wanted):
            self._wrote = True
        self._shows(Field.LINKS, sorted(_members(wanted)))

    def _put_on(self, kind: str, value: str) -> None:
        try:
            self._client.add(self._card, kind, value)
        except RejectedError as error:
            if "already" not in error.message:
                raise
        self._wrote = True

    def _take_off(self, kind: str, value: str) -> None:
        try:
            self._client.remove(self._card, kind, value)
        except GoneError:
            return
        except RejectedError as error:
            if "not on" not in error.message:
                raise
        self._wrote = True

    def _custom(self, field: Json, value: Json) -> None:
        set_custom(self._client, self._directory, self._card, Field(str(field)), value)
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


def _members(value: Json) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
