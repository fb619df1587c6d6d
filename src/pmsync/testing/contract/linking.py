"""What every connector does whose tool has links between items, of its own or spelled with something else."""

# ruff: noqa: S101 - a contract is made of assertions

from collections.abc import Sequence

from pmsync.connector.api import Connector
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.testing.contract.samples import Samples, needs, read
from pmsync.testing.rig import Rig

_TICK = 5.0
"""Seconds between what two people do."""


class LinksContract:
    """Links: made, shown at the item from which they lead, and taken away, one by one."""

    def test_links_of_each_kind_are_made_and_taken_away_one_by_one(self, rig: Rig) -> None:
        connector, (item, first, second) = _three(rig)
        for kind in sorted(connector.capabilities.links):
            one, other = f"{kind}:{first.ref.id}", f"{kind}:{second.ref.id}"
            for wanted in ([one], sorted([one, other]), [other], []):
                assert _linked(rig, connector, item, wanted) == wanted
        assert [_links(connector, each) for each in (first, second)] == [[], []]

    def test_links_of_all_kinds_are_side_by_side_and_lead_from_one_item_only(self, rig: Rig) -> None:
        connector, (item, first, second) = _three(rig)
        kinds = sorted(connector.capabilities.links)
        wanted = sorted(f"{kind}:{first.ref.id}" for kind in kinds)
        back = [f"{kinds[0]}:{item.ref.id}"]
        assert _linked(rig, connector, item, wanted) == wanted
        assert _linked(rig, connector, second, back) == back
        rig.clock.advance(_TICK)
        found, _ = read(rig.connect(), deep=True)
        assert [found[one.ref.id].fields[Field.LINKS] for one in (item, first, second)] == [wanted, [], back]

    def test_a_link_that_somebody_made_or_took_away_meanwhile_is_let_be(self, rig: Rig) -> None:
        connector, (item, first, second) = _three(rig)
        kind = min(connector.capabilities.links)
        mine, theirs = f"{kind}:{first.ref.id}", f"{kind}:{second.ref.id}"
        seen = _now(connector, item)
        assert _linked(rig, rig.connect("ada"), item, [theirs]) == [theirs]
        connector.update(item.ref, {Field.LINKS: [mine]}, seen)
        rig.clock.advance(_TICK)
        assert _links(connector, item) == sorted([mine, theirs])
        seen = _now(connector, item)
        assert _linked(rig, rig.connect("ada"), item, [mine]) == [mine]
        connector.update(item.ref, {Field.LINKS: [theirs]}, seen)
        rig.clock.advance(_TICK)
        assert _links(connector, item) == []

    def test_what_is_there_already_is_not_linked_twice(self, rig: Rig) -> None:
        connector, (item, first, _) = _three(rig)
        for kind in sorted(connector.capabilities.links):
            seen, wanted = _now(connector, item), [f"{kind}:{first.ref.id}"]
            for _ in range(2):
                connector.update(item.ref, {Field.LINKS: [*wanted]}, seen)
                rig.clock.advance(_TICK)
            assert _linked(rig, connector, item, []) == []

    def test_a_draft_has_its_links_at_once_or_says_that_they_are_unfinished(self, rig: Rig) -> None:
        connector, (first, *_) = _three(rig)
        wanted: list[Json] = [f"{kind}:{first.ref.id}" for kind in sorted(connector.capabilities.links)]
        (created,) = connector.create([Samples(connector).draft("", {Field.LINKS: wanted})])
        assert created.native is not None
        rig.clock.advance(_TICK)
        if Field.LINKS in created.unfinished:
            assert _linked(rig, connector, created.native, wanted) == wanted
        assert _links(connector, created.native) == wanted
        assert Field.LINKS not in created.notes


def _three(rig: Rig) -> tuple[Connector, list[Native]]:
    """Three items of a tool that has links; skips the test for others."""
    connector = rig.connect()
    samples = Samples(connector)
    needs(Field.LINKS in samples.names.fields and connector.capabilities.links, "links between items")
    return connector, samples.made(connector.create([samples.draft() for _ in range(3)]))


def _linked(rig: Rig, connector: Connector, item: Native, wanted: Sequence[Json]) -> Json:
    """The links that an item has once it was written that it has these."""
    updated = connector.update(item.ref, {Field.LINKS: [*wanted]}, _now(connector, item))
    assert not updated.refused
    rig.clock.advance(_TICK)
    return _links(connector, item)


def _now(connector: Connector, item: Native) -> Native:
    return connector.fetch([item.ref.id]).found[item.ref.id]


def _links(connector: Connector, item: Native) -> Json:
    return _now(connector, item).fields[Field.LINKS]
