"""Comments, files and attached addresses of Jira's issues, behind the contract of parts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from pmsync.connector.pacing import Clock
from pmsync.connector.parts import Backlink, Content, PartLimits
from pmsync.errors import PmsyncError, RejectedError, StaleError, UnknownOutcomeError
from pmsync.model.fields import Json
from pmsync.model.native import Ref
from pmsync.model.part import Part, PartKind
from pmsync.text.dialect import Dialect
from pmsync_jira.answers import RefusalError
from pmsync_jira.client import Client
from pmsync_jira.convert import Conversion
from pmsync_jira.files import Files
from pmsync_jira.gathering import LINKED, Gathering
from pmsync_jira.hanging import INTERNAL, LINK, Hanging, attached_as
from pmsync_jira.memory import Project
from pmsync_jira.pointing import Pointing

_COMMENT = 32_767
_TITLE = 255


class JiraParts:
    """Satisfies `pmsync.connector.parts.Parts`, and `Along`.

    A file is an attachment of Jira's; an address is a web link of the issue (a remote link), which Jira makes once per
    global id whatever happens. Web links of other people's are none of pmsync's.
    """

    kinds = frozenset(PartKind)
    lists_twins = False
    marker_leads = False
    """It is a property of the issue, which people do not see."""

    def __init__(
        self,
        client: Client,
        gathering: Gathering,
        files: Files,
        *,
        project: Callable[[], Project],
        conversion: Callable[[], Conversion],
        ready: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._client = client
        self._gathering = gathering
        self._files = files
        self._project = project
        self._conversion = conversion
        self._ready = ready
        self._clock = clock
        self._pointing = Pointing(client)

    @property
    def dialect(self) -> Dialect:
        """As descriptions are written."""
        return self._conversion().dialect

    @property
    def limits(self) -> PartLimits:
        """A comment's are those of any text; a file's are the administrator's, asked once."""
        self._ready()
        return PartLimits(comment=_COMMENT, attachment=self._files.largest())

    def read(self, ids: Sequence[str]) -> Mapping[str, Sequence[Part]]:
        """See the Protocol."""
        self._ready()
        return self._gathering.read(ids)

    def brought(self, known: Mapping[str, datetime]) -> Mapping[str, Sequence[Part]]:
        """See `pmsync.connector.parts.Along`."""
        self._ready()
        return self._gathering.brought(known)

    # --- comments -------------------------------------------------------------------------------------------------

    def comment(self, ref: Ref, document: Json) -> Part:
        """Make a comment: where customers read along, a note for the team."""
        self._begin(ref)
        with_ = self._hanging(ref)
        path = f"issue/{ref.id}/comment"
        try:
            told = self._client.write_patiently("POST", path, body=self._body(document, with_)).data
        except RefusalError as refusal:
            raise _meaning(refusal) from None
        part = self._told(lambda: with_.comment(told).part)
        if with_.desk and not part.hidden and self._tells_notes(told):
            self._withdraw(ref, part)
        return part

    def edit(self, ref: Ref, comment: str, document: Json) -> Part:
        """Give a comment another text; it stays the note that it is."""
        self._begin(ref)
        with_ = self._hanging(ref)
        try:
            path = f"issue/{ref.id}/comment/{comment}"
            told = self._client.write_patiently("PUT", path, body=self._body(document, with_)).data
        except RefusalError as refusal:
            raise _meaning(refusal) from None
        return self._told(lambda: with_.comment(told).part)

    def _body(self, document: Json, with_: Hanging) -> dict[str, Any]:
        body: dict[str, Any] = {"body": document}
        if with_.desk:
            # The documented way makes no formatted text; this one is what Jira's own clients use.
            body["properties"] = [{"key": INTERNAL, "value": {"internal": True}}]
        return body

    def _tells_notes(self, told: Any) -> bool:
        """Whether an answer tells of a comment whether it is a note: a Data Center's need not."""
        return self._conversion().cloud or isinstance(told.get("properties"), list)

    def _withdraw(self, ref: Ref, part: Part) -> None:
        """Take a comment back that customers can read, though it was to be a note."""
        self.remove(ref, PartKind.COMMENT, part.id)
        raise RejectedError(
            "Jira made a comment public that was to be an internal note, so it was taken back",
            connection=self._client.connection,
        )

    # --- attachments ----------------------------------------------------------------------------------------------

    def link(self, ref: Ref, name: str, url: str) -> Part:
        """Attach an address as a web link. One that is there already is brought up to date."""
        self._begin(ref)
        try:
            if self._conversion().cloud:
                # First the note that there are any: without it nobody would look for them.
                self._client.write_patiently("PUT", f"issue/{ref.id}/properties/{LINKED}", body=True)
            title = " ".join(name.split())[:_TITLE] or url[:_TITLE]
            body = {"globalId": attached_as(url), "object": {"url": url, "title": title}}
            told = self._client.write_patiently("POST", f"issue/{ref.id}/remotelink", body=body).data
        except RefusalError as refusal:
            raise _meaning(refusal) from None
        now = self._clock.now()
        return self._told(
            lambda: Part(PartKind.ATTACHMENT, f"{LINK}{told['id']}", {"name": title, "url": url}, now, now)
        )

    def upload(self, ref: Ref, content: Content) -> Part:
        """See the Protocol. Characters that Jira takes in no name become `_`."""
        self._begin(ref)
        raw = self._files.upload(ref, content)
        return self._told(lambda: self._hanging(ref).file(raw))

    def download(self, part: Part) -> AbstractContextManager[Content]:
        """See the Protocol."""
        self._ready()
        return self._files.download(part)

    # --- twins ----------------------------------------------------------------------------------------------------

    def point(
        self, ref: Ref, twins: Sequence[Backlink], *, group: str = "", before: Collection[Backlink] | None = None
    ) -> int:
        """Have an issue lead to its twins, by a web link for each. See the Protocol."""
        self._begin(ref)
        return self._pointing.point(ref, twins, group, before)

    # --- both -----------------------------------------------------------------------------------------------------

    def remove(self, ref: Ref, kind: PartKind, part: str) -> None:
        """See the Protocol."""
        self._begin(ref)
        if kind is PartKind.COMMENT:
            path = f"issue/{ref.id}/comment/{part}"
        elif part.startswith(LINK):
            path = f"issue/{ref.id}/remotelink/{part.removeprefix(LINK)}"
        else:
            path = f"attachment/{part}"
        try:
            self._client.write_patiently("DELETE", path)
        except RefusalError as refusal:
            if refusal.status != 404:
                raise

    def _begin(self, ref: Ref) -> None:
        """Before a write."""
        self._ready()
        self._gathering.written(ref.id)

    def _hanging(self, ref: Ref) -> Hanging:
        return Hanging(self._conversion(), ref.id, ref.key, self._project().desk)

    def _told(self, read: Callable[[], Part]) -> Part:
        """The part in an answer. An answer that is none leaves open what came of the write."""
        try:
            return read()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise UnknownOutcomeError(
                f"Jira's answer to a comment or file makes no sense ({type(error).__name__})",
                connection=self._client.connection,
            ) from error


def _meaning(refusal: RefusalError) -> PmsyncError:
    if refusal.status == 404:
        return StaleError(f"it is gone, or not for us any more: {refusal.message}", connection=refusal.connection)
    return refusal
