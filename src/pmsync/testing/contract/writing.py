"""What every connector does when it writes."""

# ruff: noqa: S101 - a contract is made of assertions

from datetime import timedelta

from pmsync.errors import RejectedError
from pmsync.model.fields import SET_FIELDS, Field, Json
from pmsync.model.native import Marker, Native
from pmsync.testing.contract.samples import CLEARED, Samples, needs, read
from pmsync.testing.rig import Rig


class WritingContract:
    """Creating, updating, putting away."""

    def test_drafts_become_items_in_their_order_with_their_markers(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        drafts = [samples.draft() for _ in range(connector.capabilities.create_batch + 3)]
        natives = samples.made(connector.create(drafts))
        assert [native.fields[Field.TITLE] for native in natives] == [draft.fields[Field.TITLE] for draft in drafts]
        assert [native.marker.item if native.marker else None for native in natives] == [
            draft.marker.item for draft in drafts
        ]
        assert {native.creator for native in natives} <= {connector.check().id, None}
        assert len({native.ref.id for native in natives}) == len(drafts)

    def test_a_draft_may_fill_every_field(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        values = {name: samples.values(name)[0] for name in samples.plain}
        native = samples.now(samples.make("", values).ref.id)
        for name, value in values.items():
            assert samples.same(name, native.fields[name], value), name

    def test_nothing_of_the_marker_shows_in_the_fields(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        document = samples.values(Field.DESCRIPTION)[0]
        draft = samples.draft("", {Field.DESCRIPTION: document})
        (native,) = samples.made(connector.create([draft]))
        assert draft.marker.item not in str(native.fields)
        assert samples.same(Field.DESCRIPTION, native.fields[Field.DESCRIPTION], document)
        other = samples.values(Field.DESCRIPTION)[1]
        connector.update(native.ref, {Field.DESCRIPTION: other}, native)
        after = samples.now(native.ref.id)
        assert connector.find([draft.marker], native.created_at)[draft.marker.item].ref.id == native.ref.id
        assert samples.same(Field.DESCRIPTION, after.fields[Field.DESCRIPTION], other)

    def test_what_we_created_is_found_by_its_marker(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        since = rig.clock.now()
        drafts = [samples.draft() for _ in range(3)]
        natives = samples.made(connector.create(drafts))
        rig.clock.sleep(connector.capabilities.find_lag)
        markers = [draft.marker for draft in drafts]
        found = connector.find([*markers, Marker("never-made", "https://example.com/never")], since)
        assert {item: native.ref.id for item, native in found.items()} == {
            draft.marker.item: native.ref.id for draft, native in zip(drafts, natives, strict=True)
        }
        assert not rig.connect("grace").find(markers[:0], since)

    def test_a_bad_draft_does_not_stop_the_others(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        drafts = [samples.draft(), samples.draft("", {Field.ASSIGNEES: ["nobody-at-all"]}), samples.draft()]
        first, second, third = connector.create(drafts)
        samples.made([first, third])
        if second.error is None:
            assert second.notes[Field.ASSIGNEES]
            assert second.native is not None
            assert second.native.fields[Field.ASSIGNEES] == []
        else:
            assert isinstance(second.error, RejectedError)
        found, _ = read(connector)
        assert len(found) == (3 if second.error is None else 2)

    def test_every_field_is_written_and_read_back(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make("", {Field.DUE: samples.values(Field.DUE)[0]})
        for name in samples.plain:
            for value in samples.values(name):
                native = samples.now(native.ref.id)
                updated = connector.update(native.ref, {name: value}, native)
                assert updated.applied == {name}, updated.refused
                after = samples.now(native.ref.id)
                assert samples.same(name, after.fields[name], value), name
                assert updated.native is None or samples.same(name, updated.native.fields[name], value)
                self._unchanged(samples, native, after, name)

    def test_fields_can_be_emptied(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make("", {name: samples.values(name)[0] for name in samples.plain})
        empty = {**CLEARED, Field.DESCRIPTION: connector.dialect.write("").document}
        for name in (Field.DESCRIPTION, *CLEARED):
            if name in samples.names.fields:
                native = samples.now(native.ref.id)
                connector.update(native.ref, {name: empty[name]}, native)
                assert samples.same(name, samples.now(native.ref.id).fields[name], empty[name]), name

    def test_several_fields_go_in_one_update(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make()
        patch = {name: samples.values(name)[1] for name in samples.plain}
        patch[Field.STATUS] = samples.statuses()[1]
        updated = connector.update(native.ref, patch, native)
        after = samples.now(native.ref.id)
        for name in updated.applied:
            assert samples.same(name, after.fields[name], patch[name]), name
        assert updated.applied == set(patch), updated.refused

    def test_an_item_moves_to_every_status_or_says_why_not(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make()
        reached = 0
        for status in samples.statuses():
            native = samples.now(native.ref.id)
            try:
                updated = connector.update(native.ref, {Field.STATUS: status}, native)
                refused = updated.refused.get(Field.STATUS, "")
            except RejectedError as error:
                refused = error.message
            after = samples.now(native.ref.id).fields[Field.STATUS]
            assert bool(refused) != (after == status), f"{status} became {after}, and the reason was: {refused!r}"
            reached += after == status
        assert reached > 1

    def test_sets_are_written_as_what_was_added_and_removed(self, rig: Rig) -> None:
        connector, other = rig.connect(), rig.connect("grace")
        samples = Samples(connector)
        for name in SET_FIELDS.intersection(samples.plain):
            if name is Field.ASSIGNEES and connector.capabilities.single_assignee:
                continue
            stays, goes, theirs, ours = self._elements(samples, name)
            native = samples.make("Sets", {name: [stays, goes]})
            other.update(native.ref, {name: [stays, goes, theirs]}, native)
            connector.update(native.ref, {name: [stays, ours]}, native)
            after = samples.now(native.ref.id).fields[name]
            assert samples.same(name, after, [stays, theirs, ours]), name

    def test_a_value_that_the_tool_does_not_take_is_refused_and_the_rest_is_as_told(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make("Before")
        patch: dict[Field, Json] = {Field.TITLE: "After", Field.ASSIGNEES: ["nobody-at-all"]}
        try:
            updated = connector.update(native.ref, patch, native)
            assert updated.refused[Field.ASSIGNEES]
            applied = updated.applied
        except RejectedError:
            applied = frozenset()
        after = samples.now(native.ref.id)
        assert after.fields[Field.ASSIGNEES] == []
        assert after.fields[Field.TITLE] == ("After" if Field.TITLE in applied else "Before")

    def test_a_parent_is_set_and_taken_away(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        needs(Field.PARENT in samples.names.fields, "parents")
        levels = sorted({term.level for term in samples.names.types if term.open and term.level is not None})
        above = [term for term in samples.names.types if levels and term.level == levels[-1]]
        parent = samples.make("Parent", {Field.TYPE: above[0].id} if above else {})
        child = samples.make("Child")
        connector.update(child.ref, {Field.PARENT: parent.ref.id}, child)
        child = samples.now(child.ref.id)
        assert child.fields[Field.PARENT] == parent.ref.id
        connector.update(child.ref, {Field.PARENT: None}, child)
        assert samples.now(child.ref.id).fields[Field.PARENT] is None

    def test_an_archived_item_shows_that_it_is(self, rig: Rig) -> None:
        connector = rig.connect()
        needs(connector.capabilities.archives, "archive")
        native = Samples(connector).make()
        connector.archive(native.ref)
        fetched = connector.fetch([native.ref.id])
        assert native.ref.id in fetched.missing or fetched.found[native.ref.id].archived
        connector.archive(native.ref)

    def test_an_archived_item_can_be_taken_out_again(self, rig: Rig) -> None:
        connector = rig.connect()
        needs(connector.capabilities.archives, "archive")
        samples = Samples(connector)
        native = samples.make()
        connector.restore(native.ref)
        connector.archive(native.ref)
        connector.restore(native.ref)
        now = samples.now(native.ref.id)
        assert (now.archived, now.fields) == (False, native.fields)

    def test_a_deleted_item_is_missing(self, rig: Rig) -> None:
        connector = rig.connect()
        needs(connector.capabilities.deletes, "way to delete")
        samples = Samples(connector)
        native = samples.make()
        connector.delete(native.ref)
        assert connector.fetch([native.ref.id]).missing == {native.ref.id}
        assert connector.inspect(native.ref, rig.clock.now() - timedelta(hours=1)).native is None
        found, _ = read(connector)
        assert native.ref.id not in found

    @staticmethod
    def _elements(samples: Samples, name: Field) -> tuple[str, str, str, str]:
        if name is Field.LABELS:
            return "contract-stays", "contract-goes", "contract-theirs", "contract-ours"
        ada, grace, linus, pmsync = (samples.member(one).id for one in ("ada", "grace", "linus", "pmsync"))
        return ada, grace, linus, pmsync

    @staticmethod
    def _unchanged(samples: Samples, before: Native, after: Native, but: Field) -> None:
        for name in before.fields:
            if name is not but:
                assert samples.same(name, before.fields[name], after.fields[name]), f"{but} changed the {name}"
