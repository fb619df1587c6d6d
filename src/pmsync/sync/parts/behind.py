"""Looking behind our own links to twins: they move the times of change of many items at once, and nothing else."""

from collections.abc import Collection
from dataclasses import replace

from pmsync.errors import PmsyncError, StateError
from pmsync.store.parts import unread
from pmsync.store.records import Seen
from pmsync.store.shape import slices
from pmsync.sync.members import Bench, Member
from pmsync.sync.observe import digest
from pmsync.sync.parts.places import partaking, stays
from pmsync.sync.parts.seeing import Seeing

_FEW = 5
"""Of so many lists the next pass reads what was said meanwhile at no great cost."""
_TOGETHER = 200


def look_behind(bench: Bench, seeing: Seeing, written: "dict[str, set[str]]", number: int) -> None:
    """Read what hangs on the items to which links were written, by connection, once more: the next pass, for which all
    of them have changed, need not then. First the time of change: what is said after it shows as news. `number`: of
    the pass."""
    for member in partaking(bench):
        items = sorted(written.get(member.name, ()))
        for ids in slices(items, _TOGETHER) if len(items) > _FEW else ():
            with bench.working_on(ids) as mine:
                _look(bench, seeing, member, mine, number)


def _look(bench: Bench, seeing: Seeing, member: Member, items: Collection[str], number: int) -> None:
    found = [bundle.replica(member.name) for bundle in bench.store.items.load(items)]
    replicas = {one.remote_id: one for one in found if one is not None and stays(one)}
    try:
        natives = member.connector.fetch(list(replicas)).found
    except StateError:
        raise
    except PmsyncError:
        # Then the next pass has more to read.
        return
    same = {key: native for key, native in natives.items() if digest(native) == replicas[key].digest}
    seen = [Seen(native, replicas[key].digest, dirty=False) for key, native in same.items()]
    bench.store.replicas.observe(bench.sync.name, member.name, seen, number)
    seeing.read([unread(replace(replicas[key], remote_updated_at=native.updated_at)) for key, native in same.items()])
