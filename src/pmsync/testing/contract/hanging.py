"""What every connector does that knows of comments and attachments."""

# ruff: noqa: S101 - a contract is made of assertions

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from pmsync.connector.api import Connector
from pmsync.connector.parts import Backlink, Content, Parts
from pmsync.errors import RejectedError, StaleError, TransientError, UnknownOutcomeError
from pmsync.model.part import Part, PartKind, mark_in, marked, part_id
from pmsync.testing.contract.samples import Samples, needs
from pmsync.testing.rig import Rig

_MARK = part_id("roadmap", "product", PartKind.COMMENT, "1")
_LINK = marked("https://example.com/c/1?a=b&c=d", _MARK)
_MIRROR = f"[Ada Lovelace, in Trello]({_LINK}), 2026-05-11 15:04 UTC:\n\nSome **words**, and\n\n- one\n- two"


class PartsContract:
    """Comments and attachments: made once, read whole, followed, taken away."""

    def test_an_item_that_nothing_hangs_on_has_empty_lists_and_one_that_is_gone_none(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        assert parts.read([native.ref.id]) == {native.ref.id: ()}
        assert parts.read([]) == {}
        needs(connector.capabilities.deletes, "way to delete")
        connector.delete(native.ref)
        assert parts.read([native.ref.id]) == {}

    def test_comments_are_read_by_everybody_oldest_first_with_their_author_and_time(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        samples = Samples(connector)
        native = samples.make()
        before = rig.clock.now()
        made = []
        for name, text in (("ada", "First."), ("pmsync", "Second."), ("grace", "Third.")):
            rig.clock.advance(5)
            _, theirs = _open(rig, name)
            made.append(theirs.comment(native.ref, theirs.dialect.write(text).document))
        rig.clock.advance(5)
        found = [one for one in parts.read([native.ref.id])[native.ref.id] if one.kind is PartKind.COMMENT]
        assert [_says(parts, one) for one in found] == ["First.", "Second.", "Third."]
        assert [one.id for one in found] == [one.id for one in made]
        assert [one.author for one in found] == [samples.member(one).id for one in ("ada", "pmsync", "grace")]
        assert found[1].author == connector.check().id
        assert all(before - timedelta(seconds=1) <= one.created_at <= rig.clock.now() for one in found)
        assert not any(one.hidden for one in found)
        assert all(one.author_name for one in found)

    def test_the_answer_to_a_comment_is_what_is_read(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        made = parts.comment(native.ref, parts.dialect.write("Some **words**.").document)
        (read,) = parts.read([native.ref.id])[native.ref.id]
        assert (made.kind, made.id, made.author) == (read.kind, read.id, read.author)
        assert _says(parts, made) == _says(parts, read) == "Some **words**."

    def test_a_mirror_is_known_by_its_first_link_in_every_form_that_the_tool_gives_it(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        parts.comment(native.ref, parts.dialect.write(_MIRROR).document)
        (read,) = parts.read([native.ref.id])[native.ref.id]
        first = _says(parts, read).partition("](")[2].partition(")")[0]
        assert mark_in(first) == _MARK
        assert connector.fetch([native.ref.id]).found[native.ref.id].marker in (None, native.marker)

    def test_a_comment_moves_the_time_of_change_of_its_item(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        samples = Samples(connector)
        native = samples.make()
        rig.clock.advance(60)
        _open(rig, "ada")[1].comment(native.ref, parts.dialect.write("News").document)
        assert samples.now(native.ref.id).updated_at > native.updated_at
        assert samples.now(native.ref.id).fields == native.fields

    def test_a_comment_of_ours_gets_another_text_and_keeps_its_identity(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        made = parts.comment(native.ref, parts.dialect.write(_MIRROR).document)
        rig.clock.advance(60)
        other = parts.dialect.write(_MIRROR.replace("words", "others"), made.value["text"])
        edited = parts.edit(native.ref, made.id, other.document)
        (read,) = parts.read([native.ref.id])[native.ref.id]
        assert edited.id == read.id == made.id
        assert "Some **others**" in _says(parts, read)
        assert _says(parts, edited) == _says(parts, read)
        assert read.created_at == made.created_at

    def test_a_comment_is_taken_away_and_what_is_gone_is_no_error(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        made = parts.comment(native.ref, parts.dialect.write("Gone soon").document)
        for _ in range(2):
            parts.remove(native.ref, PartKind.COMMENT, made.id)
        assert parts.read([native.ref.id]) == {native.ref.id: ()}
        with pytest.raises(StaleError):
            parts.edit(native.ref, made.id, parts.dialect.write("Too late").document)

    def test_many_lists_are_read_in_few_requests(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        samples = Samples(connector)
        natives = [samples.make() for _ in range(5)]
        for native in natives:
            parts.comment(native.ref, parts.dialect.write(f"On {native.ref.id}").document)
        before = rig.requests()["total"]
        found = parts.read([native.ref.id for native in natives])
        assert rig.requests()["total"] - before <= 2 * len(natives)
        for native in natives:
            assert [_says(parts, one) for one in found[native.ref.id]] == [f"On {native.ref.id}"]

    def test_a_long_list_is_read_to_its_end(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        for number in range(120):
            parts.comment(native.ref, parts.dialect.write(f"Number {number}").document)
            rig.clock.advance(1)
        found = parts.read([native.ref.id])[native.ref.id]
        assert [_says(parts, one) for one in found] == [f"Number {number}" for number in range(120)]

    def test_a_comment_is_never_sent_twice_whatever_fails(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        sure, unknown = 0, 0
        for number, kind in enumerate(("500", "timeout", "reset", "truncated", "garbage") * 3):
            rig.faults(kind, seed=number)
            try:
                parts.comment(native.ref, parts.dialect.write(f"Number {number}").document)
                sure += 1
            except UnknownOutcomeError:
                unknown += 1
            except TransientError:
                pass
            finally:
                rig.faults()
        texts = [_says(parts, one) for one in parts.read([native.ref.id])[native.ref.id]]
        assert len(texts) == len(set(texts))
        assert sure <= len(texts) <= sure + unknown

    def test_a_list_that_cannot_be_read_raises_and_is_never_shorter(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        parts.comment(native.ref, parts.dialect.write("Here").document)
        whole = len(parts.read([native.ref.id])[native.ref.id])
        for number, kind in enumerate(("500", "timeout", "reset", "truncated", "garbage")):
            rig.faults(kind, rate=0.6, seed=number)
            try:
                found = parts.read([native.ref.id])
            except TransientError:
                continue
            finally:
                rig.faults()
            assert len(found[native.ref.id]) == whole

    def test_an_address_is_attached_read_and_taken_away(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        needs(PartKind.ATTACHMENT in parts.kinds, "attachments")
        native = Samples(connector).make()
        try:
            made = parts.link(native.ref, "plan.pdf", _LINK)
        except RejectedError:
            pytest.skip("this tool attaches files only")
        found = [one for one in parts.read([native.ref.id])[native.ref.id] if one.kind is PartKind.ATTACHMENT]
        assert [(one.id, one.value["url"]) for one in found] == [(made.id, _LINK)]
        assert "size" not in found[0].value
        assert connector.fetch([native.ref.id]).found[native.ref.id].marker in (None, native.marker)
        parts.remove(native.ref, PartKind.ATTACHMENT, made.id)
        parts.remove(native.ref, PartKind.ATTACHMENT, made.id)
        assert parts.read([native.ref.id]) == {native.ref.id: ()}

    def test_a_file_is_attached_read_downloaded_and_taken_away(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        needs(PartKind.ATTACHMENT in parts.kinds, "attachments")
        native = Samples(connector).make()
        data = bytes(range(256)) * 1_000
        made = parts.upload(native.ref, Content("plän.bin", "application/octet-stream", len(data), _blocks(data)))
        (read,) = [one for one in parts.read([native.ref.id])[native.ref.id] if one.kind is PartKind.ATTACHMENT]
        assert (read.id, read.value["name"], read.value["size"]) == (made.id, "plän.bin", len(data))
        assert read.author == connector.check().id
        with parts.download(read) as content:
            assert b"".join(content.blocks) == data
        parts.remove(native.ref, PartKind.ATTACHMENT, made.id)
        assert parts.read([native.ref.id]) == {native.ref.id: ()}

    def test_an_item_leads_to_its_twins_once_each_and_nothing_of_it_is_an_attachment(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        assert parts.point(native.ref, _TWINS, group="s", before=()) == 2
        assert parts.point(native.ref, _TWINS, group="s", before=_TWINS) == 0
        assert parts.point(native.ref, _TWINS, group="s") == 0, "it looks, and all is there"
        _leads(parts, native.ref.id, _TWINS)
        shown = connector.fetch([native.ref.id]).found[native.ref.id]
        assert shown.fields == native.fields
        assert shown.marker in (None, native.marker)

    def test_what_is_known_to_be_there_costs_no_reading(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        parts.read([native.ref.id])
        before = connector.requests()
        parts.point(native.ref, _TWINS, group="s", before=())
        assert connector.requests() - before == 2
        parts.point(native.ref, _TWINS, group="s", before=_TWINS)
        assert connector.requests() - before == 2

    def test_a_link_follows_its_twin_and_one_to_a_former_twin_goes(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        parts.point(native.ref, _TWINS, group="s", before=())
        moved = [Backlink("s.a", "OPS-7", "https://acme.io/browse/OPS-7"), _TWINS[1]]
        assert parts.point(native.ref, moved, group="s", before=_TWINS) >= 1
        _leads(parts, native.ref.id, moved)
        assert parts.point(native.ref, moved, group="s") == 0
        assert parts.point(native.ref, moved[:1], group="s", before=moved) == 1
        _leads(parts, native.ref.id, moved[:1])
        assert parts.point(native.ref, [], group="s") == 1
        _leads(parts, native.ref.id, [])

    def test_links_of_others_stay(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        theirs = [Backlink("t.a", "There", "https://acme.io/there")]
        parts.point(native.ref, theirs, group="t", before=())
        parts.point(native.ref, _TWINS, group="s")
        assert parts.point(native.ref, [], group="s") == 2
        assert parts.point(native.ref, theirs, group="t") == 0
        _leads(parts, native.ref.id, theirs)

    def test_a_link_is_there_once_whatever_fails(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        native = Samples(connector).make()
        for number, kind in enumerate(("500", "timeout", "reset", "truncated", "garbage")):
            rig.faults(kind, rate=0.6, seed=number)
            try:
                parts.point(native.ref, _TWINS, group="s", before=() if number == 0 else None)
            except (UnknownOutcomeError, TransientError):
                continue
            finally:
                rig.faults()
        parts.point(native.ref, _TWINS, group="s")
        assert parts.point(native.ref, _TWINS, group="s") == 0
        _leads(parts, native.ref.id, _TWINS)

    def test_an_item_that_is_gone_leads_nowhere(self, rig: Rig) -> None:
        connector, parts = _open(rig)
        needs(connector.capabilities.deletes, "way to delete")
        native = Samples(connector).make()
        connector.delete(native.ref)
        for before in ((), None):
            with pytest.raises(StaleError):
                parts.point(native.ref, _TWINS, group="s", before=before)


_TWINS = [
    Backlink("s.a", "ENG-1", "https://acme.io/browse/ENG-1"),
    Backlink("s.b%20c", "Card", "https://x.example/c/1#top"),
]


def _leads(parts: Parts, item: str, twins: Sequence[Backlink]) -> None:
    """Whether a tool that lists such links has these, and no attachment besides."""
    found = parts.read([item])[item]
    assert [part for part in found if not part.twin] == []
    if parts.lists_twins:
        assert sorted((one.twin, one.value["url"], one.value["name"]) for one in found) == sorted(
            (one.token, one.url, one.title) for one in twins
        )


def _open(rig: Rig, user: str = "pmsync") -> tuple[Connector, Parts]:
    connector = rig.connect(user)
    parts = connector.parts
    needs(parts is not None and PartKind.COMMENT in parts.kinds, "comments that pmsync knows of")
    assert parts is not None
    return connector, parts


def _says(parts: Parts, part: Part) -> str:
    return parts.dialect.read(part.value["text"]).markdown


def _blocks(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 10_000):
        yield data[start : start + 10_000]
