"""Changing an issue: one edit for its fields, a walk for its status, and putting it away."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from pmsync.connector.api import Updated
from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native, Ref
from pmsync.model.vocabulary import CustomKind
from pmsync_jira.answers import Answer, RefusalError
from pmsync_jira.client import Client
from pmsync_jira.convert import Conversion
from pmsync_jira.linking import Linking
from pmsync_jira.memory import Memory
from pmsync_jira.releasing import Releasing
from pmsync_jira.walking import Walker

ALIASES = {"parentId": "parent", "parentid": "parent"}
"""What Jira calls fields in its refusals only."""


class Updating:
    """Writes to issues that exist. Every value is absolute, so that the engine may repeat what it is unsure of."""

    def __init__(
        self,
        client: Client,
        memory: Memory,
        walker: Walker,
        conversion: Callable[[], Conversion],
        linking: Linking,
    ) -> None:
        self._client = client
        self._memory = memory
        self._walker = walker
        self._conversion = conversion
        self._linking = linking
        self._releasing = Releasing(client, memory)

    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        """As `Connector.update`. Fields come first: in many workflows an issue that is done cannot be edited."""
        refused: dict[Field, str] = {}
        body, fields = self._body(patch, seen, refused)
        native: Native | None = None
        applied: set[Field] = set(patch) & {field for field in patch if field not in refused}
        if body:
            answer, names = self._edit(ref, body)
            for name, reason in names.items():
                refused[fields[name]] = reason
            native = self._answered(answer, seen)
        if Field.LINKS in patch:
            reason = self._linking.change(ref, patch[Field.LINKS], seen.fields.get(Field.LINKS))
            if reason:
                refused[Field.LINKS] = reason
            native = None
        if Field.STATUS in patch and patch[Field.STATUS] != seen.fields.get(Field.STATUS):
            reason = self._move(ref, patch, seen)
            if reason:
                refused[Field.STATUS] = reason
            native = None
        return Updated(native, frozenset(applied - refused.keys()), refused)

    # --- fields ---------------------------------------------------------------------------------------------------

    def _body(
        self, patch: Mapping[Field, Json], seen: Native, refused: dict[Field, str]
    ) -> tuple[dict[str, dict[str, Any]], dict[str, Field]]:
        """The body of the edit, and which of Jira's fields in it is which of ours."""
        conversion = self._conversion()
        fields: dict[str, Any] = {}
        update: dict[str, Any] = {}
        names: dict[str, Field] = {}
        for field, value in patch.items():
            if field in (Field.STATUS, Field.LINKS):
                continue
            own = conversion.custom.own.get(field)
            name = conversion.custom.id_for(field, self._screen(seen))
            loose = own is not None or field in (Field.START, Field.ESTIMATE)
            if name is None or (loose and field not in seen.fields):
                refused[field] = "issues of this type have no such field in this project"
                continue
            reason = self._releasing.prepare(own, value) if own else ""
            if reason:
                refused[field] = reason
                continue
            if field is Field.LABELS or (own is not None and own.kind is CustomKind.MULTI):
                operations = conversion.operations(field, value, seen.fields.get(field))
                if operations:
                    update[name] = operations
                    names[name] = field
                continue
            if field is Field.PARENT and value is None:
                reason = self._fixed_parent(seen)
                if reason:
                    refused[field] = reason
                    continue
                update[name] = [{"set": {"none": True}}]
            else:
                fields[name] = conversion.written(field, value)
            names[name] = field
        body = {key: part for key, part in (("fields", fields), ("update", update)) if part}
        return body, names

    def _screen(self, seen: Native) -> frozenset[str]:
        type_ = str(seen.fields.get(Field.TYPE) or "")
        return frozenset(slot.id for slot in self._memory.screens.get(type_, ()))

    def _fixed_parent(self, seen: Native) -> str:
        kind = self._memory.types.get(str(seen.fields.get(Field.TYPE) or ""))
        return "a sub-task cannot be without its parent" if kind and kind.level < 0 else ""

    def _edit(self, ref: Ref, body: dict[str, dict[str, Any]]) -> tuple[Answer | None, dict[str, str]]:
        """Send the edit; where Jira names fields that it will not take, once more without those. Names the refused."""
        try:
            return self._put(ref, body), {}
        except RefusalError as refusal:
            sent = {name for part in body.values() for name in part}
            named = {ALIASES.get(name, name): text for name, text in refusal.fields.items()}
            bad = {name: text for name, text in named.items() if name in sent}
            if refusal.status == 404:
                raise StaleError(f"the issue is gone, or not for us any more: {refusal.message}") from None
            if refusal.status != 400 or not bad:
                raise
            rest = {key: {n: value for n, value in part.items() if n not in bad} for key, part in body.items()}
            rest = {key: part for key, part in rest.items() if part}
            return (self._put(ref, rest) if rest else None), bad

    def _put(self, ref: Ref, body: dict[str, dict[str, Any]]) -> Answer:
        params = {"returnIssue": "true"} if self._memory.cloud else {}
        return self._client.write("PUT", f"issue/{ref.id}", params=params, body=body)

    def _answered(self, answer: Answer | None, seen: Native) -> Native | None:
        """The issue as the edit answered it; None where it did not answer all of it."""
        try:
            native = self._conversion().native(answer.data if answer else None)  # type: ignore[arg-type]
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        if not native.fields.keys() >= seen.fields.keys():
            return None
        # The answer has no properties, hence no marker; and only a search knows about the filter.
        return replace(native, marker=native.marker or seen.marker, admitted=native.admitted and seen.admitted)

    # --- status ---------------------------------------------------------------------------------------------------

    def _move(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> str:
        """Walk to the status in the patch; the reason if that did not succeed."""
        type_ = str(patch.get(Field.TYPE) or seen.fields.get(Field.TYPE) or "")
        walk = self._walker.walk(
            ref.id, type_, place(seen.fields.get(Field.STATUS)), place(patch[Field.STATUS]), ask_first=True
        )
        return walk.reason

    # --- putting away ---------------------------------------------------------------------------------------------

    def archive(self, ref: Ref) -> None:
        """Archive the issue. Raises RejectedError where the plan or the rights do not allow it."""
        self._put_away("archive", "archive" if self._memory.cloud else f"{ref.id}/archive", ref)

    def restore(self, ref: Ref) -> None:
        """Take the issue out of the archive. Raises RejectedError where the plan or the rights do not allow it."""
        self._put_away("restore", "unarchive" if self._memory.cloud else f"{ref.id}/restore", ref)

    def _put_away(self, verb: str, route: str, ref: Ref) -> None:
        advice = "archiving needs Jira Premium or Data Center, and an administrator's token; unlinking needs neither"
        try:
            body: Json = {"issueIdsOrKeys": [ref.id]} if self._memory.cloud else None
            answer = self._client.write("PUT", f"issue/{route}", body=body)
            told = answer.data if isinstance(answer.data, dict) else {}
            reasons = [str(error.get("message")) for error in (told.get("errors") or {}).values() if error]
            # Neither done nor an error: it was so before.
            if reasons and not told.get("numberOfIssuesUpdated"):
                raise RejectedError(f"Jira did not {verb} the issue ({'; '.join(reasons)}); {advice}")
        except RefusalError as refusal:
            raise RejectedError(f"Jira did not {verb} the issue ({refusal.message}); {advice}") from None

    def delete(self, ref: Ref) -> None:
        """Delete the issue for good, but none that has sub-tasks. Raises StaleError where it is not there."""
        try:
            self._client.write("DELETE", f"issue/{ref.id}", params={"deleteSubtasks": "false"})
        except RefusalError as refusal:
            if refusal.status == 404:
                raise StaleError(f"the issue is gone already, or not for us: {refusal.message}") from None
            raise


def place(status: Json) -> str:
    """The id in a native status."""
    return str(status.get("place") or "") if isinstance(status, dict) else ""
