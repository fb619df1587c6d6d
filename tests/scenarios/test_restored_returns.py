"""What was out of sight so long after a restored state that it was given up for deleted, and shows again."""

from pathlib import Path

import pytest
from keeping import Keeping

from pmsync.config.settings import OnDelete
from pmsync.model.fields import Field
from pmsync.store.records import ReplicaState


@pytest.mark.parametrize("policy", [OnDelete.ASK, OnDelete.UNLINK, OnDelete.ARCHIVE])
def test_a_value_cleared_out_of_sight_of_a_restored_state_is_recorded_before_it_is_filled_again(
    tmp_path: Path, policy: OnDelete
) -> None:
    world = Keeping(tmp_path, on_delete=policy)
    ids = world.begin(due="2026-06-01")
    world.backup()
    world.product.edit(ids["product"], title="Pay by phone")
    world.settle()
    world.delivery.edit(ids["delivery"], due=None)
    world.delivery.hidden.add(ids["delivery"])
    world.restore()
    world.sync()
    world.settle()
    world.sync()
    (bundle,) = next(iter(world.store.items.every()))
    given_up = bundle.replica("delivery")
    assert given_up is None or given_up.state is ReplicaState.GONE
    assert not bundle.item.rebase

    world.delivery.hidden.clear()
    world.settle(deep=True)

    assert world.show(Field.TITLE) == dict.fromkeys(ids, "Pay by phone")
    assert len({str(due) for due in world.show(Field.DUE).values()}) == 1
    (told,) = (one.values for one in world.conflicts() if one.field is Field.DUE)
    assert isinstance(told, list)
    assert {claim["value"] for claim in told if isinstance(claim, dict)} == {"2026-06-01", None}
    assert world.verify().agrees
    world.close()
