"""Links to twins: which members have them, what they are called and known by, and what lists of parts tell of them."""

from collections.abc import Sequence
from urllib.parse import quote, unquote

from pmsync.connector.parts import Backlink
from pmsync.connector.registry import plugin
from pmsync.model.native import Native
from pmsync.model.part import Part
from pmsync.reconcile.pointing import LinkState, TwinLink, seen
from pmsync.reconcile.state import Direction
from pmsync.store.parts import Unread
from pmsync.store.records import Bundle, Replica, ReplicaState
from pmsync.sync.members import Bench, Member
from pmsync.sync.parts.wording import parts_of


def refused(sync: str, connection: str) -> str:
    """The fact that says why a tool lets us make no links at all."""
    return f"twin links {sync} {connection}"


def leading(bench: Bench) -> list[Member]:
    """The members whose objects lead to their twins. What is only read gets no links, as it gets nothing."""
    return [
        member
        for member in bench.usable
        if member.connector.parts is not None
        and bench.sync.leads(member.name)
        and bench.sync.members[member.name].direction is not Direction.OUT
        and not bench.store.progress.fact(refused(bench.sync.name, member.name))
    ]


def addresses(bench: Bench, bundle: Bundle, connection: str) -> dict[str, str]:
    """Where the twins of an item's replica in a connection are. One that is put away, or not to be seen just now, is a
    twin still."""
    return {
        one.connection: one.url
        for one in bundle.replicas
        if one.connection != connection
        and one.connection in bench.sync.members
        and one.state is not ReplicaState.GONE
        and one.url
    }


def group(sync: str) -> str:
    """What the tokens of a sync's links begin with, before the dot."""
    return quote(sync, safe="").replace(".", "%2E")


def backlink(bench: Bench, bundle: Bundle | None, link: TwinLink) -> Backlink:
    """A link as the tool is told of it. Its title names the twin's tool and key: see `reconcile.pointing`."""
    twin = bundle.replica(link.twin) if bundle is not None else None
    tool = plugin(bench.config.connections[link.twin].connector).title if link.twin in bench.members else link.twin
    title = f"{twin.key} in {tool} ({link.twin})" if twin is not None and twin.key else f"{tool} ({link.twin})"
    return Backlink(f"{group(link.sync)}.{quote(link.twin, safe='')}", title, link.url)


def told(bench: Bench, member: Member, unread: Unread, parts: Sequence[Part], known: Sequence[TwinLink]) -> None:
    """Keep what a list of an object's parts tells of its links to its twins, where it tells of them at all."""
    if not parts_of(member).lists_twins:
        return
    sync = bench.sync.name
    begins = f"{group(sync)}."
    shown = {
        unquote(part.twin.removeprefix(begins)): str(part.value["url"])
        for part in parts
        if part.twin.startswith(begins)
    }
    blank = TwinLink(unread.item, member.name, "", sync, unread.remote_id, "")
    mine = [one for one in known if (one.connection, one.remote_id) == (member.name, unread.remote_id)]
    kept, lacking = seen(blank, shown, mine)
    if lacking:
        bench.store.twin_links.forget(lacking)
    if kept:
        bench.store.twin_links.put(kept)


def begun(member: Member, bundle: Bundle, replica: Replica, native: Native) -> TwinLink | None:
    """What an object that was just made from a twin leads to: what marks it may do so. That it has no other links is
    known by this, too."""
    origin = next((one for one in bundle.replicas if one.url), None)
    parts = member.connector.parts
    if origin is None or parts is None:
        return None
    marked = parts.marker_leads and native.marker is not None and native.marker.twin == origin.url
    url, state = (origin.url, LinkState.MARKED) if marked else ("", LinkState.THERE)
    return TwinLink(replica.item, member.name, origin.connection, replica.sync, replica.remote_id, url, state)
