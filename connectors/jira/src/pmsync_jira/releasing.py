"""Having options ready before they are written: releases can be made, other options are for administrators to add."""

from dataclasses import replace

from pmsync.model.fields import Field, Json
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.memory import Memory
from pmsync_jira.own import OwnField


class Releasing:
    """Makes releases of the project. Only what the mapping allows to be made gets here."""

    def __init__(self, client: Client, memory: Memory) -> None:
        self._client = client
        self._memory = memory

    def prepare(self, field: OwnField, value: Json) -> str:
        """Make what a value needs; the reason if it cannot be written."""
        lacking = field.lacks(value)
        if not lacking:
            return ""
        if field.shows is not Field.RELEASE:
            return (
                f"{field.name} has no option {lacking[0]!r}, and only Jira's administrators can add one: have "
                "them do it, or use another"
            )
        for name in lacking:
            reason = self._make(field, name)
            if reason:
                return reason
        return ""

    def _make(self, field: OwnField, name: str) -> str:
        project = self._memory.project
        try:
            told = self._client.write(
                "POST", "version", body={"name": name, "projectId": int(project.id if project else 0)}
            )
        except RefusalError as refusal:
            if refusal.status == 400 and "exists" in refusal.message:
                return ""
            return (
                f"there is no release {name!r}, and the account cannot make one ({refusal.message}): make it in Jira, "
                "or give the account the right to administer the project"
            )
        self._learn(field, (str(told.data["id"]), name))
        return ""

    def _learn(self, field: OwnField, option: tuple[str, str]) -> None:
        custom = self._memory.custom
        if custom is not None:
            known = tuple(
                replace(one, options=(*one.options, option)) if one.id == field.id else one for one in custom.known
            )
            self._memory.custom = replace(custom, known=known)
