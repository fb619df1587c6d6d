"""The fence of a sync, in an entity property of the project: out of people's sight, and none of a state's backups."""

import hashlib
import re
from collections.abc import Callable

from pmsync.model.fence import Fence
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.memory import Memory, Project

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,100}")
_REFUSED = (403, 404)
"""How Jira answers an account that does not administer the project."""


class Fencing:
    """Reads and writes the property. Once Jira has refused it, nothing is asked until the account is checked again."""

    def __init__(self, client: Client, memory: Memory, project: Callable[[], Project]) -> None:
        self._client = client
        self._memory = memory
        self._project = project

    def read(self, sync: str) -> Fence | None:
        """As `Connector.read_fence`. Anyone who may browse the project may read it."""
        if not self._memory.fenced:
            return None
        try:
            return Fence.from_json(self._client.read("GET", self._path(sync)).data.get("value"))
        except RefusalError as refusal:
            if refusal.status == 404:
                return None
            raise

    def write(self, fence: Fence) -> bool:
        """As `Connector.write_fence`. For administrators of the project."""
        if not self._memory.fenced:
            return False
        try:
            self._client.write_patiently("PUT", self._path(fence.sync), body=fence.as_json())
        except RefusalError as refusal:
            if refusal.status not in _REFUSED:
                raise
            self._memory.fenced = False
            return False
        return True

    def _path(self, sync: str) -> str:
        return f"project/{self._project().id}/properties/pmsync.{_name(sync)}"


def _name(sync: str) -> str:
    """The sync in the property's key. Not every server takes every character in a path, however it is quoted."""
    return sync if _PLAIN.fullmatch(sync) else hashlib.sha256(sync.encode()).hexdigest()[:16]
