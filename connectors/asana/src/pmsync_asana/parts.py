"""Comments and attachments of Asana's tasks, behind the contract of parts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from typing import Any, Final

from pmsync.connector.pacing import Clock
from pmsync.connector.parts import Backlink, Content, PartLimits
from pmsync.errors import PmsyncError, RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.text.dialect import Dialect
from pmsync_asana import hanging
from pmsync_asana.answers import RefusalError
from pmsync_asana.capabilities import CAPABILITIES
from pmsync_asana.client import Client
from pmsync_asana.convert import Layout
from pmsync_asana.files import LARGEST, Files
from pmsync_asana.gathering import Gathering
from pmsync_asana.pointing import Pointing
from pmsync_asana.references import References
from pmsync_asana.text import CommentDialect


class AsanaParts:
    """Satisfies `pmsync.connector.parts.Parts`. Whoever sees a task sees all that hangs on it.

    A story is changed by its author only. A file, or an address, anybody may take away who may edit the task.
    """

    kinds = frozenset(PartKind)
    limits = PartLimits(comment=CAPABILITIES.description_limit, attachment=LARGEST)
    lists_twins = True
    marker_leads = True
    """It is a line of the task's notes."""

    def __init__(self, client: Client, pool: Executor, opened: Callable[[], Layout], clock: Clock) -> None:
        self._client = client
        self._opened = opened
        self._dialect = CommentDialect()
        self._files = Files(client)
        self._gathering = Gathering(client, pool, opened, self._dialect.canonical, clock)
        self.references: Final = References(client, self._gathering, self._files)
        self._pointing = Pointing(client, self._gathering, self._files, self._detach)

    @property
    def dialect(self) -> Dialect:
        """With fewer tags than notes have."""
        return self._dialect

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """See the Protocol."""
        return self._gathering.read(ids) if ids else {}

    def comment(self, ref: Ref, document: Json) -> Part:
        """See the Protocol."""
        return self._story(ref, "POST", f"/tasks/{ref.id}/stories", document)

    def edit(self, ref: Ref, comment: str, document: Json) -> Part:
        """See the Protocol. Asana lets nobody edit another's."""
        return self._story(ref, "PUT", f"/stories/{comment}", document)

    def remove(self, ref: Ref, kind: PartKind, part: str) -> None:
        """See the Protocol. Asana lets nobody delete another's comment."""
        self._gathering.forget([ref.id])
        if kind is PartKind.COMMENT:
            self._delete(f"/stories/{part}")
        else:
            self._detach(part)

    def point(
        self, ref: Ref, twins: Sequence[Backlink], *, group: str = "", before: Collection[Backlink] | None = None
    ) -> int:
        """See the Protocol, and `Pointing.point`."""
        self._gathering.forget([ref.id])
        return self._pointing.point(ref, twins, group, before)

    def _detach(self, attachment: str) -> None:
        self._delete(f"/attachments/{attachment}")

    def _delete(self, path: str) -> None:
        try:
            self._client.write("DELETE", path, None)
        except RefusalError as error:
            if error.status != 404:
                raise

    def link(self, ref: Ref, name: str, url: str) -> Part:
        """See the Protocol."""
        self._gathering.forget([ref.id])
        return self._made(lambda: self._files.link(ref, name, url), hanging.attachment)

    def upload(self, ref: Ref, content: Content) -> Part:
        """See the Protocol."""
        if content.size is not None and content.size > LARGEST:
            raise RejectedError(f"{content.name!r} is larger than Asana takes", connection=self._client.connection)
        self._gathering.forget([ref.id])
        return self._made(lambda: self._files.upload(ref, content), hanging.attachment)

    def download(self, part: Part) -> AbstractContextManager[Content]:
        """See the Protocol."""
        return self._files.download(part)

    def _story(self, ref: Ref, method: str, path: str, document: Json) -> Part:
        layout = self._opened()
        self._gathering.forget([ref.id])
        return self._made(
            lambda: self._client.write(method, path, {"html_text": document}, fields=hanging.STORY).data,
            lambda told: hanging.comment(told, ref.id, layout, self._dialect.canonical),
        )

    def _made(self, send: Callable[[], Any], read: Callable[[Any], Part]) -> Part:
        """What was sent, as the answer tells it. An answer that makes no sense leaves open what came of it."""
        try:
            told = send()
        except RefusalError as error:
            raise _meaning(error) from None
        try:
            return read(told)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"Asana's answer to a comment or attachment makes no sense ({type(error).__name__})"
            raise UnknownOutcomeError(message, connection=self._client.connection) from None


def _meaning(error: RefusalError) -> PmsyncError:
    # A task that is named in a form, and gone, is told as a fault of the form.
    if error.status == 404 or (error.status == 400 and "Unknown object" in error.message):
        return StaleError("it is gone, or not for us any more", connection=error.connection)
    return error
