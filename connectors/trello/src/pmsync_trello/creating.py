"""Making cards, each with its marker, in one call that is sent once."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Created, Opening
from pmsync.errors import PmsyncError, RejectedError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Native
from pmsync.text.dialect import Dialect
from pmsync_trello import convert, described
from pmsync_trello.client import Client
from pmsync_trello.custom_fields import set_custom
from pmsync_trello.describing import Describer
from pmsync_trello.directory import Directory
from pmsync_trello.link_writing import put_links
from pmsync_trello.names import Names
from pmsync_trello.neighbours import Neighbours
from pmsync_trello.refusals import FIELDS, blamed

_NEEDED = ("name", "idList")
"""What a new card is not made without."""


class Creator:
    """Makes cards. Thread-safe."""

    def __init__(
        self,
        client: Client,
        directory: Directory,
        neighbours: Neighbours,
        describer: Describer,
        dialect: Dialect,
        opening: Opening,
    ) -> None:
        self._client = client
        self._describer = describer
        self._directory = directory
        self._neighbours = neighbours
        self._dialect = dialect
        self._opening = opening

    def create(self, draft: Draft) -> Created:
        """Make one card; the answer tells of every failure. What the tool will not take of it is left out and noted."""
        notes: dict[Field, str] = {}
        try:
            # All that is needed to read the answer is there before the card is: nothing may fail for certain after.
            names = self._directory.names()
            body = self._body(draft, names, notes)
            shown = self._answered(self._created(body, notes), draft, names)
            if names.described and Field.DESCRIPTION not in notes:
                shown = self._with_checklists(shown, draft.fields.get(Field.DESCRIPTION), notes)
        except PmsyncError as error:
            return Created(error=error)
        if draft.fields.get(Field.PARENT) is not None:
            notes[Field.PARENT] = "a card has no parent"
        return self._with_the_rest(Created(shown, notes=notes), shown, draft)

    def _body(self, draft: Draft, names: Names, notes: dict[Field, str]) -> dict[str, Any]:
        body: dict[str, Any] = {"pos": "bottom", "urlSource": convert.marker_link(draft.marker)}
        for field, key in convert.SCALARS.items():
            if draft.fields.get(field) is not None and field not in names.held:
                body[key] = convert.attribute(field, draft.fields[field])
        if not body.get("idList"):
            body["idList"] = self._first_list(names)
        members = draft.fields.get(Field.ASSIGNEES)
        if isinstance(members, list) and members:
            body["idMembers"] = ",".join(str(member) for member in members)
        labels = draft.fields.get(Field.LABELS)
        ids = self._label_ids(labels, notes) if isinstance(labels, list) else []
        return {**body, "idLabels": ",".join(ids)} if ids else body

    def _first_list(self, names: Names) -> str:
        opened = [one.id for one in names.lists if one.open]
        if not opened:
            raise RejectedError("the board has no list to put a card on", connection=self._opening.connection)
        return opened[0]

    def _label_ids(self, labels: list[Json], notes: dict[Field, str]) -> list[str]:
        ids = []
        for name in labels:
            try:
                ids.append(self._directory.label(str(name)))
            except RejectedError as error:
                notes[Field.LABELS] = error.message
        return ids

    def _created(self, body: dict[str, Any], notes: dict[Field, str]) -> dict[str, Any]:
        """Send the body; where one value is refused, nothing was made: send it without that value."""
        while True:
            try:
                return self._client.create_card(body)
            except RejectedError as error:
                key = blamed(error, body)
                if key is None or key in _NEEDED:
                    raise
                notes[FIELDS[key]] = error.message
                del body[key]

    def _answered(self, card: Mapping[str, Any], draft: Draft, names: Names) -> Native:
        """The new card. It was made: an answer that cannot be read leaves open as what."""
        try:
            return convert.native(card, names, self._dialect, marker=draft.marker)
        except (KeyError, TypeError, ValueError):
            message = "Trello's answer makes no sense"
            raise UnknownOutcomeError(message, connection=self._opening.connection) from None

    def _with_checklists(self, made: Native, wanted: Json, notes: dict[Field, str]) -> Native:
        """The card with the checklists that its description shows; they are made one by one, once it is there.

        What keeps us from knowing how far that came leaves open what was made: the card is found by its marker.
        """
        if not described.checklists(wanted):
            return made
        told: Mapping[str, Any] = {"desc": described.prose(made.fields[Field.DESCRIPTION]), "checklists": []}
        try:
            try:
                self._describer.admit(wanted)
                deque(self._describer.put(made.ref.id, told, wanted), maxlen=0)
                shown = described.native(told["desc"], described.checklists(wanted))
            except RejectedError as error:
                notes[Field.DESCRIPTION] = error.message
                shown = self._dialect.canonical(self._describer.shown(self._describer.read(made.ref.id)))
        except PmsyncError as error:
            raise UnknownOutcomeError(error.message, connection=self._opening.connection) from None
        return replace(made, fields={**made.fields, Field.DESCRIPTION: shown})

    def _with_the_rest(self, created: Created, native: Native, draft: Draft) -> Created:
        """The card with the custom fields and links that it was to have; they are set one by one, once it is made."""
        fields, notes, unfinished = dict(native.fields), dict(created.notes), set()
        for field in (*self._directory.names().held, Field.LINKS):
            value = draft.fields.get(field)
            if not value:
                continue
            try:
                if field is Field.LINKS:
                    deque(put_links(self._client, self._neighbours, native.ref.id, [], value), maxlen=0)
                else:
                    set_custom(self._client, self._directory, native.ref.id, field, value)
                fields[field] = value
            except RejectedError as error:
                notes[field] = error.message
            except PmsyncError:
                unfinished.add(field)
        return Created(replace(native, fields=fields), notes=notes, unfinished=frozenset(unfinished))
