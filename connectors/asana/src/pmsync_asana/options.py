"""Options of custom fields by name: they are written by gid, and those that are lacking are made."""

import threading
from collections.abc import Mapping
from functools import partial

from pmsync.errors import RejectedError, UnknownOutcomeError
from pmsync.model.fields import Field, Json
from pmsync.model.vocabulary import CustomField, Term
from pmsync_asana.client import Client
from pmsync_asana.custom_fields import with_gids


class Options:
    """The options of a project's custom fields. Whoever writes one that is lacking wants it made: the mapping has been
    asked."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._making = threading.Lock()
        self._fresh: dict[str, tuple[Term, ...]] = {}
        """Those of fields whose options were read since the project was."""

    def prepared(
        self, fields: Mapping[Field, Json], held: Mapping[Field, CustomField]
    ) -> tuple[dict[Field, Json], dict[Field, str]]:
        """The values with gids in place of names, without those that cannot be written, and why."""
        ready: dict[Field, Json] = {}
        refused: dict[Field, str] = {}
        for shown, value in fields.items():
            try:
                custom = held.get(shown)
                ready[shown] = value if custom is None else with_gids(value, shown, custom, partial(self.gid, custom))
            except RejectedError as error:
                refused[shown] = error.message
        return ready, refused

    def gid(self, custom: CustomField, name: str) -> str:
        """The gid of an option, made if there is none. Raises RejectedError where it may not be.

        One that is switched off is found too: a task that has it keeps it, and Asana refuses it for others.
        """
        with self._making:
            known = self._fresh.get(custom.id, custom.options)
            if _named(known, name) is None:
                known = self._read(custom)
            found = _named(known, name)
            return found.id if found is not None else self._made(custom, name)

    def _read(self, custom: CustomField) -> tuple[Term, ...]:
        fields = "enum_options.name,enum_options.enabled"
        told = self._client.read(f"/custom_fields/{custom.id}", fields=fields).data
        found = tuple(
            Term(id=str(one["gid"]), name=one.get("name") or "", open=bool(one.get("enabled", True)))
            for one in told.get("enum_options") or ()
        )
        self._fresh[custom.id] = found
        return found

    def _made(self, custom: CustomField, name: str) -> str:
        path = f"/custom_fields/{custom.id}/enum_options"
        try:
            told = self._client.write("POST", path, {"name": name}, fields="name").data
        except UnknownOutcomeError:
            # An option that is made twice does no harm but to people: look before asking again, now or later.
            found = _named(self._read(custom), name)
            if found is None:
                raise
            return found.id
        made = Term(id=str(told["gid"]), name=name)
        self._fresh[custom.id] = (*self._fresh.get(custom.id, custom.options), made)
        return made.id


def _named(options: tuple[Term, ...], name: str) -> Term | None:
    """The option of that name; one that can be chosen if there is one."""
    named = [one for one in options if one.name == name]
    return next((one for one in named if one.open), named[0] if named else None)
