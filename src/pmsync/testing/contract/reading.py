"""What every connector does when it reads."""

# ruff: noqa: S101 - a contract is made of assertions

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from pmsync.errors import AuthError, FatalError
from pmsync.model.fields import Field
from pmsync.model.vocabulary import Vocabulary
from pmsync.testing.contract.samples import Samples, needs, read
from pmsync.testing.rig import Rig

_LONG = 3600.0
"""Seconds, far more than the overlap of a reading."""


class ReadingContract:
    """Account, vocabulary, readings, single items."""

    def test_the_account_is_a_member_of_the_project(self, rig: Rig) -> None:
        connector = rig.connect()
        account = connector.check()
        assert account.id in {member.id for member in connector.vocabulary().members}
        assert account.name
        assert account.url
        assert [finding for finding in account.findings if finding.severity == "error"] == []
        assert rig.connect("grace").check().id != account.id

    def test_bad_credentials_are_an_auth_error(self, rig: Rig) -> None:
        connector = rig.connect("")
        with pytest.raises(AuthError):
            connector.check()
        with pytest.raises((AuthError, FatalError)):
            read(connector)

    def test_a_stranger_is_refused_rather_than_shown_an_empty_project(self, rig: Rig) -> None:
        connector = rig.connect("mallory")
        with pytest.raises((AuthError, FatalError)):
            connector.vocabulary()
        with pytest.raises((AuthError, FatalError)):
            read(connector)

    def test_a_survey_tells_findings_with_remedies_and_changes_nothing(self, rig: Rig) -> None:
        connector = rig.connect()
        Samples(connector).make()
        before = rig.requests()["writes"]
        for finding in connector.survey():
            assert finding.severity in ("error", "warning", "info")
            assert finding.message
            assert finding.remedy
        assert rig.requests()["writes"] == before

    def test_the_vocabulary_has_names_for_everything_and_survives_storing(self, rig: Rig) -> None:
        connector = rig.connect()
        names = connector.vocabulary()
        assert names.container.id
        assert names.container.name
        assert {Field.TITLE, Field.STATUS} <= names.fields <= connector.capabilities.fields
        for terms in (names.statuses, names.priorities, names.types, names.labels, names.members):
            assert len({term.id for term in terms}) == len(terms)
        assert names.statuses
        assert Vocabulary.model_validate(json.loads(names.model_dump_json())) == names

    def test_a_whole_reading_has_every_item_and_ends_with_a_cursor(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        made = samples.made(connector.create([samples.draft() for _ in range(105)]))
        found, last = read(connector)
        assert found.keys() == {native.ref.id for native in made}
        assert last.whole
        assert last.cursor is not None
        assert json.loads(json.dumps(last.cursor)) == last.cursor
        for native in made:
            assert found[native.ref.id].fields == native.fields
            assert found[native.ref.id].marker in (native.marker, None)
            assert set(native.fields) == set(samples.names.fields)
            assert native.created_at.tzinfo is UTC
            assert native.updated_at.tzinfo is UTC

    def test_a_reading_of_an_empty_project_is_whole_and_empty(self, rig: Rig) -> None:
        found, last = read(rig.connect())
        assert not found
        assert last.whole

    def test_an_incremental_reading_brings_what_changed(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        still, changing = samples.make("Still"), samples.make("Changing")
        rig.clock.sleep(_LONG)
        _, last = read(connector)
        rig.clock.sleep(_LONG)
        other = rig.connect("grace")
        other.update(changing.ref, {Field.TITLE: "Changed"}, changing)
        (fresh,) = Samples(other).made(other.create([samples.draft("New")]))
        found, after = read(connector, last.cursor)
        assert found[changing.ref.id].fields[Field.TITLE] == "Changed"
        assert fresh.ref.id in found
        assert connector.capabilities.whole_listing == (still.ref.id in found) == after.whole
        assert after.cursor is not None

    def test_every_kind_of_change_is_noticed(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        other = rig.connect("grace")
        moves = {name: samples.values(name)[1] for name in (*samples.plain, Field.STATUS)}
        due = {Field.DUE: samples.values(Field.DUE)[0]}
        natives = {name: samples.make(f"For {name}", due) for name in moves}
        for name, value in moves.items():
            rig.clock.sleep(_LONG)
            _, last = read(connector)
            rig.clock.sleep(_LONG)
            other.update(natives[name].ref, {name: value}, natives[name])
            found, _ = read(connector, last.cursor)
            assert natives[name].ref.id in found, f"nobody noticed that the {name} changed"
            assert samples.same(name, found[natives[name].ref.id].fields[name], value)

    def test_a_reading_goes_back_behind_its_cursor(self, rig: Rig) -> None:
        connector = rig.connect()
        native = Samples(connector).make()
        rig.clock.sleep(60.0)
        _, last = read(connector)
        found, _ = read(connector, last.cursor)
        assert native.ref.id in found

    def test_a_deep_reading_is_whole_whatever_the_cursor(self, rig: Rig) -> None:
        connector = rig.connect()
        native = Samples(connector).make()
        _, last = read(connector)
        rig.clock.sleep(_LONG)
        found, deep = read(connector, last.cursor, deep=True)
        assert native.ref.id in found
        assert deep.whole

    def test_a_quiet_reading_takes_at_most_three_requests(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        connector.create([samples.draft() for _ in range(60)])
        connector.check()
        rig.clock.sleep(_LONG)
        _, last = read(connector)
        rig.clock.sleep(_LONG)
        cursor = last.cursor
        for _ in range(3):
            told, seen = connector.requests(), rig.requests()["total"]
            found, last = read(connector, cursor)
            cursor = last.cursor
            assert connector.capabilities.whole_listing or not found
            assert rig.requests()["total"] - seen <= 3
            assert connector.requests() - told == rig.requests()["total"] - seen
            rig.clock.sleep(_LONG)

    def test_items_are_read_by_id_and_the_missing_are_named(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        natives = samples.made(connector.create([samples.draft() for _ in range(12)]))
        ids = [native.ref.id for native in natives]
        fetched = connector.fetch(ids)
        assert not fetched.missing
        assert [fetched.found[one].fields for one in ids] == [native.fields for native in natives]
        assert connector.fetch([]).found == {}
        needs(connector.capabilities.deletes, "way to delete")
        connector.delete(natives[3].ref)
        fetched = connector.fetch(ids)
        assert fetched.missing == {ids[3]}
        assert fetched.found.keys() == set(ids) - {ids[3]}

    def test_an_item_is_found_by_what_a_person_would_type(self, rig: Rig) -> None:
        connector = rig.connect()
        native = Samples(connector).make()
        for reference in (native.ref.id, native.ref.key, native.ref.url, f" {native.ref.url} "):
            if reference.strip():
                assert connector.locate(reference) == native.ref.id
        assert connector.locate("nothing of the kind") is None
        assert connector.locate("https://example.com/elsewhere") is None

    def test_what_it_learned_is_of_use_to_the_next_connection(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        native = samples.make()
        for status in samples.statuses()[1:3]:
            native = samples.now(native.ref.id)
            connector.update(native.ref, {Field.STATUS: status}, native)
        memo = json.dumps(connector.memo())
        assert not [secret for secret in rig.secrets if secret in memo]
        found, _ = read(rig.connect(memo=json.loads(memo)))
        assert native.ref.id in found

    def test_several_threads_may_use_one_connection(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        natives = samples.made(connector.create([samples.draft() for _ in range(10)]))
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda native: samples.now(native.ref.id), natives * 2))
        assert [native.fields for native in found] == [native.fields for native in natives * 2]

    def test_the_history_tells_who_changed_what_and_from_what(self, rig: Rig) -> None:
        connector, other = rig.connect(), rig.connect("grace")
        samples = Samples(connector)
        grace = other.check().id
        known = [name for name in (*samples.plain, Field.STATUS) if name in connector.capabilities.history]
        needs(known, "history")
        for name in known:
            first, second = samples.values(name)
            native = samples.make("History", {Field.DUE: samples.values(Field.DUE)[0], name: first})
            since = rig.clock.now() + timedelta(seconds=30)
            rig.clock.sleep(60.0)
            other.update(native.ref, {name: second}, native)
            looked = connector.inspect(native.ref, since)
            assert looked.native is not None
            assert samples.same(name, looked.native.fields[name], second)
            events = [event for event in looked.events if event.field is name]
            assert events, f"the history does not tell of the {name}"
            assert {event.actor for event in events} == {grace}
            assert all(event.at >= since for event in looked.events)
            if not isinstance(first, list):
                assert samples.same(name, events[0].before, native.fields[name])
                assert samples.same(name, events[-1].after, second)
