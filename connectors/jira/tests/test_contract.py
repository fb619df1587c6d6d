"""Every request that the connector sends is one that Atlassian's own API document allows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pmsync.connector.api import Connector
from pmsync.connector.parts import Backlink, Content
from pmsync.errors import RejectedError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Ref
from pmsync.model.part import PartKind
from pmsync.testing.openapi import ApiDocument, specs
from pmsync.testing.watch import Watched
from pmsync_jira.parts import JiraParts

if TYPE_CHECKING:
    from connectors.jira.tests.conftest import Desk, Lab

MakeDesk = Callable[[Connector], "Desk"]


@pytest.mark.contract
def test_requests_are_as_documented(cloud: "Lab", desk: MakeDesk) -> None:
    document = ApiDocument.load("jira-cloud-v3.json")
    if document is None:
        pytest.skip(f"Atlassian's API document is not at {specs()}: nothing was checked")
    watched = Watched(cloud.sandbox, document)
    connector = cloud.connect(jql="labels = roadmap")
    connector.check()
    at = desk(connector)
    moment = datetime.now(UTC)
    epic = at.made(1, type_="Epic")
    text = connector.dialect.write("Some *text*").document
    people = at.people["Ada Lovelace"]
    native = at.made(
        2, "Done", "Story", description=text, assignees=[people], due="2026-05-11", estimate=1.0, parent=epic.ref.id
    )
    (page,) = connector.changes(None)
    list(connector.changes(page.cursor))
    patch: dict[Field, Json] = {Field.TITLE: "New", Field.LABELS: ["roadmap"], Field.ASSIGNEES: [], Field.PARENT: None}
    connector.update(native.ref, {**patch, Field.STATUS: {"place": at.statuses["In Review"]}}, native)
    connector.survey()
    connector.inspect(native.ref, moment)
    connector.fetch([native.ref.id, "999999"])
    connector.locate(native.ref.key)
    connector.find([at.draft(1).marker], moment)
    _parts(connector, native.ref)
    connector.restore(native.ref)
    connector.archive(native.ref)
    connector.restore(native.ref)
    connector.archive(native.ref)
    connector.delete(epic.ref)
    with pytest.raises(RejectedError):
        connector.update(native.ref, {Field.TITLE: "Archived"}, native)
    assert watched.requests == []
    assert len(watched.checked) >= 26


def _parts(connector: Connector, ref: Ref) -> None:
    """All that is done with what hangs on an issue."""
    parts = connector.parts
    assert parts is not None
    comment = parts.comment(ref, parts.dialect.write("Some *text*").document)
    parts.edit(ref, comment.id, parts.dialect.write("Other").document)
    parts.remove(ref, PartKind.COMMENT, comment.id)
    made = [
        parts.upload(ref, Content("a.txt", "text/plain", 5, iter([b"words"]))),
        parts.link(ref, "A card", "https://trello.com/c/1"),
    ]
    assert isinstance(parts, JiraParts)
    for twins in ([Backlink("product/1", "A card", "https://trello.com/c/1")], []):
        parts.point(ref, twins)
    with parts.download(made[0]) as content:
        assert content.size == min(parts.limits.attachment, 5)
    for _ in range(25):
        parts.comment(ref, parts.dialect.write("Words").document)
    assert len(parts.read([ref.id])[ref.id]) == 27
    for part in made:
        parts.remove(ref, PartKind.ATTACHMENT, part.id)
