"""Comments and attachments of Trello's cards, behind the contract of parts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

from pmsync.connector.parts import Backlink, Content, PartLimits
from pmsync.errors import RejectedError, StaleError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.text.dialect import Dialect
from pmsync_trello import hanging
from pmsync_trello.answers import GoneError
from pmsync_trello.capabilities import FILE_LIMIT, TEXT_LIMIT
from pmsync_trello.checklists import split
from pmsync_trello.client import Client
from pmsync_trello.directory import Directory
from pmsync_trello.files import NAME, Files
from pmsync_trello.gathering import Gathering
from pmsync_trello.part_calls import PartCalls
from pmsync_trello.pointing import Pointing


class TrelloParts:
    """Satisfies `pmsync.connector.parts.Parts`. Whoever sees a card sees all that hangs on it."""

    kinds = frozenset(PartKind)
    limits = PartLimits(comment=TEXT_LIMIT, attachment=FILE_LIMIT)
    lists_twins = True
    marker_leads = True
    """It is an attachment."""

    def __init__(self, client: Client, calls: PartCalls, files: Files, directory: Directory, dialect: Dialect) -> None:
        self._client = client
        self._calls = calls
        self._files = files
        self._pointing = Pointing(client)
        self._gathering = Gathering(calls, directory, dialect)
        self._dialect = dialect

    @property
    def dialect(self) -> Dialect:
        """As descriptions are written."""
        return self._dialect

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """See the Protocol. Nothing hangs on the lines of checklists."""
        lines = {one for one in ids if split(one) is not None}
        return {**self._gathering.read([one for one in ids if one not in lines]), **dict.fromkeys(lines, ())}

    def comment(self, ref: Ref, document: Json) -> Part:
        """See the Protocol."""
        return self._made(
            ref, lambda: self._calls.comment(ref.id, str(document)), lambda told: self._comment(ref, told)
        )

    def edit(self, ref: Ref, comment: str, document: Json) -> Part:
        """See the Protocol. Trello refuses it for a comment that is not one's own."""
        return self._made(
            ref, lambda: self._calls.edit_comment(ref.id, comment, str(document)), lambda told: self._comment(ref, told)
        )

    def link(self, ref: Ref, name: str, url: str) -> Part:
        """See the Protocol."""
        title = " ".join(name.split())[:NAME]
        return self._made(ref, lambda: self._client.attach(ref.id, title, url), _attachment)

    def upload(self, ref: Ref, content: Content) -> Part:
        """See the Protocol."""
        return self._made(ref, lambda: self._files.upload(ref, content), _attachment)

    def download(self, part: Part) -> AbstractContextManager[Content]:
        """See the Protocol."""
        return self._files.download(part)

    def remove(self, ref: Ref, kind: PartKind, part: str) -> None:
        """See the Protocol."""
        delete = self._calls.delete_comment if kind is PartKind.COMMENT else self._client.detach
        with suppress(GoneError):
            delete(ref.id, part)

    def point(
        self, ref: Ref, twins: Sequence[Backlink], *, group: str = "", before: Collection[Backlink] | None = None
    ) -> int:
        """Have a card lead to its twins, by an attachment for each; the lines of checklists can lead nowhere. See the
        Protocol."""
        return self._pointing.point(ref, twins, group, before) if split(ref.id) is None else 0

    def _comment(self, ref: Ref, told: Any) -> Part:
        return hanging.comment(told, ref.key or told["data"]["card"]["shortLink"], self._dialect)

    def _made(self, ref: Ref, write: Callable[[], Any], read: Callable[[Any], Part]) -> Part:
        """The part in the answer to a write. An answer that is none leaves open what came of the write."""
        if split(ref.id) is not None:
            raise RejectedError("nothing can hang on an item of a checklist")
        try:
            told = write()
        except GoneError as error:
            raise StaleError(f"the card or its comment is gone: {error.message}", connection=error.connection) from None
        try:
            return read(told)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self._calls.garbled(write=True) from None


def _attachment(told: Any) -> Part:
    if isinstance(told, list):
        [told] = told
    return hanging.attachment(told)
