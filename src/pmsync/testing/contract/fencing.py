"""What every connector does so that a lost state, a restored one and a second pmsync are recognised."""

# ruff: noqa: S101 - a contract is made of assertions

from pmsync.model.fence import Fence
from pmsync.testing.contract.samples import Samples, needs, read
from pmsync.testing.rig import Rig


class FencingContract:
    """Fences, and telling our own creations."""

    def test_a_fence_stays_where_it_was_put_up_until_the_next_one(self, rig: Rig) -> None:
        connector = rig.connect()
        needs(connector.capabilities.fence, "place for a fence")
        assert connector.read_fence("roadmap") is None
        first = Fence("roadmap", "one", 1, rig.clock.now(), "here")
        second = Fence("roadmap", "two", 2, rig.clock.now(), "there")
        other = Fence("another sync / 2", "one", 7, rig.clock.now())
        assert [connector.write_fence(one) for one in (first, other)] == [True, True]
        assert rig.connect().read_fence("roadmap") == first
        assert connector.write_fence(second)
        assert rig.connect().read_fence("roadmap") == second
        assert connector.read_fence(other.sync) == other

    def test_a_fence_that_we_may_not_put_up_is_no_error_and_is_not_asked_for_again(self, rig: Rig) -> None:
        connector = rig.connect("ada")
        needs(connector.capabilities.fence, "place for a fence")
        fence = Fence("roadmap", "one", 1, rig.clock.now())
        if connector.write_fence(fence):
            return
        before = rig.requests()["total"]
        again = rig.connect("ada", memo=connector.memo())
        assert not again.write_fence(fence)
        assert again.read_fence("roadmap") is None
        assert rig.requests()["total"] == before

    def test_a_look_at_an_item_tells_its_marker_and_who_made_it(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        draft = samples.draft()
        (native,) = samples.made(connector.create([draft]))
        look = connector.inspect(native.ref, rig.clock.now()).native
        assert look is not None
        assert look.marker == draft.marker
        assert look.creator == connector.check().id

    def test_a_listing_tells_markers_and_creators_as_the_capabilities_say(self, rig: Rig) -> None:
        connector = rig.connect()
        samples = Samples(connector)
        draft = samples.draft()
        (native,) = samples.made(connector.create([draft]))
        rig.clock.sleep(connector.capabilities.find_lag)
        listed = read(connector)[0][native.ref.id]
        if connector.capabilities.lists_markers:
            assert listed.marker == draft.marker
        if connector.capabilities.lists_creators:
            assert listed.creator == connector.check().id
