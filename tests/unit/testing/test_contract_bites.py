"""The contract catches connectors that break it: each of these is the reference connector with one mistake."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest

from pmsync.connector.api import Connector, Created, Fetched, Inspection, Opening, Page, Updated
from pmsync.errors import PmsyncError, TransientError
from pmsync.model.fields import Field, Json
from pmsync.model.native import Draft, Marker, Native, Ref
from pmsync.model.vocabulary import CustomField, CustomKind
from pmsync.testing.builders import USUAL_FIELDS, terms, vocabulary
from pmsync.testing.clock import VirtualClock
from pmsync.testing.contract import ConnectorContract
from pmsync.testing.memory import MemoryConnector, MemoryTool
from pmsync.testing.rig import MemoryRig


class SendsTwice(MemoryConnector):
    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        created = super().create(drafts)
        return super().create(drafts) if any(isinstance(one.error, TransientError) for one in created) else created


class TooSure(MemoryConnector):
    def create(self, drafts: Sequence[Draft]) -> Sequence[Created]:
        return [replace(one, error=one.error and TransientError("not made")) for one in super().create(drafts)]


class TellsItsToken(MemoryConnector):
    def check(self) -> object:  # type: ignore[override]
        try:
            return super().check()
        except PmsyncError as error:
            raise TransientError("GET /me?token=sandbox-pmsync failed") from error


class ForgetsTheLastPage(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        pages = list(super().changes(cursor, deep=deep))
        yield from pages[:-1] if len(pages) > 1 else pages


class LosesTheEnd(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        for page in super().changes(cursor, deep=deep):
            yield replace(page, items=page.items[:-1] if page.last else page.items)


class WithoutOverlap(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        self._opening = replace(self._opening, overlap=0.0)
        return super().changes(cursor, deep=deep)


class ReadsEverythingAlways(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        return super().changes(None, deep=deep)


class Chatty(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        for _ in range(3):
            self.vocabulary()
        return super().changes(cursor, deep=deep)


class ShowsStrangersNothing(MemoryConnector):
    def changes(self, cursor: Json, *, deep: bool = False) -> Iterator[Page]:
        try:
            yield from super().changes(cursor, deep=deep)
        except PmsyncError:
            yield Page((), cursor="2026-05-11T09:00:00+00:00", last=True, whole=True)


class ReplacesSets(MemoryConnector):
    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        return super().update(ref, patch, self.tool.show(ref.id))


class ClaimsTooMuch(MemoryConnector):
    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        with suppress(PmsyncError):
            super().update(ref, patch, seen)
        return Updated(None, frozenset(patch))


class SwallowsChoices(MemoryConnector):
    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        super().update(ref, {name: value for name, value in patch.items() if not name.custom_name}, seen)
        return Updated(None, frozenset(patch))


class TouchesMore(MemoryConnector):
    def update(self, ref: Ref, patch: Mapping[Field, Json], seen: Native) -> Updated:
        return super().update(ref, {**patch, Field.ESTIMATE: patch.get(Field.ESTIMATE, 1.0)}, seen)


class FindsNothing(MemoryConnector):
    def find(self, markers: Collection[Marker], since: datetime) -> Mapping[str, Native]:
        return {}


class InventsMissing(MemoryConnector):
    def fetch(self, ids: Sequence[str]) -> Fetched:
        return replace(super().fetch(ids), missing=frozenset())


class BlamesOthers(MemoryConnector):
    def inspect(self, ref: Ref, since: datetime) -> Inspection:
        looked = super().inspect(ref, since)
        return replace(looked, events=tuple(replace(event, actor="u-linus") for event in looked.events))


MISTAKES: list[tuple[type[MemoryConnector], str, tuple[object, ...]]] = [
    (SendsTwice, "test_a_create_is_never_sent_twice", ("reset", 1)),
    (TooSure, "test_a_create_is_never_sent_twice", ("garbage", 1)),
    (FindsNothing, "test_a_create_is_never_sent_twice", ("garbage", 1)),
    (FindsNothing, "test_what_we_created_is_found_by_its_marker", ()),
    (TellsItsToken, "test_a_read_that_keeps_failing_raises_and_works_again_once_mended", ("500",)),
    (ForgetsTheLastPage, "test_a_whole_reading_has_every_item_and_ends_with_a_cursor", ()),
    (LosesTheEnd, "test_a_whole_reading_has_every_item_and_ends_with_a_cursor", ()),
    (WithoutOverlap, "test_a_reading_goes_back_behind_its_cursor", ()),
    (ReadsEverythingAlways, "test_an_incremental_reading_brings_what_changed", ()),
    (ReadsEverythingAlways, "test_a_quiet_reading_takes_at_most_three_requests", ()),
    (Chatty, "test_a_quiet_reading_takes_at_most_three_requests", ()),
    (ShowsStrangersNothing, "test_a_stranger_is_refused_rather_than_shown_an_empty_project", ()),
    (ReplacesSets, "test_sets_are_written_as_what_was_added_and_removed", ()),
    (ReplacesSets, "test_a_link_that_somebody_made_or_took_away_meanwhile_is_let_be", ()),
    (SwallowsChoices, "test_custom_fields_are_written_one_by_one_and_emptied", ()),
    (SwallowsChoices, "test_an_option_that_the_tool_lacks_is_refused_or_made_and_the_rest_is_written", ()),
    (ClaimsTooMuch, "test_a_value_that_the_tool_does_not_take_is_refused_and_the_rest_is_as_told", ()),
    (TouchesMore, "test_every_field_is_written_and_read_back", ()),
    (InventsMissing, "test_items_are_read_by_id_and_the_missing_are_named", ()),
    (BlamesOthers, "test_the_history_tells_who_changed_what_and_from_what", ()),
]


class Rigged(MemoryRig):
    """A rig whose connections make one mistake."""

    kind: type[MemoryConnector] = MemoryConnector

    def connect(
        self, user: str = "pmsync", *, memo: Json = None, custom: Mapping[str, Field] | None = None
    ) -> Connector:
        opening = Opening("contract", memo=memo, clock=self.clock, custom=custom or {})
        return self.kind(self.tool, user, opening, before_io=self._before, after_io=self._after)


def rigged(kind: type[MemoryConnector]) -> Rigged:
    clock = VirtualClock()
    team = CustomField(id="team", name="Team", kind=CustomKind.SELECT, options=terms(("Red", "Blue")))
    names = vocabulary(fields=USUAL_FIELDS | {Field.LINKS}).model_copy(update={"custom": (team,)})
    rig = Rigged(MemoryTool(clock, names=names), clock)
    rig.kind = kind
    return rig


@pytest.mark.parametrize(("kind", "test", "arguments"), MISTAKES)
def test_the_mistake_is_caught(kind: type[MemoryConnector], test: str, arguments: tuple[object, ...]) -> None:
    check: Callable[..., None] = getattr(ConnectorContract(), test)
    check(rigged(MemoryConnector), *arguments)
    with pytest.raises((AssertionError, pytest.fail.Exception, KeyError)):
        check(rigged(kind), *arguments)
