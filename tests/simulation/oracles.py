"""What must be true at the end of every run, found out from the tools and the ledger, not from what pmsync says.

The invariants are those of docs/testing.md, by their letters there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from tests.simulation.chance import SETS
from tests.simulation.endings import ended, half_ended
from tests.simulation.engine import Engine
from tests.simulation.hearing import as_shown, claims_of, heeded, misheard, paragraphs
from tests.simulation.ledger import Edit
from tests.simulation.scene import Object, Scene, survey
from tests.simulation.world import World

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.links import LinksLens
from pmsync.model.fields import Field, Json
from pmsync.model.native import Native
from pmsync.reconcile.match import MADE_TWICE
from pmsync.store.records import Bundle, ItemState, Replica, ReplicaState
from pmsync.sync.holds import OWN_FORM

_EMPTY = {Field.DESCRIPTION: ""}


def judge(world: World, engine: Engine) -> list[str]:
    """All that is wrong with a run that is over."""
    scene = survey(world, engine)
    return [
        *world.ledger.remarks,
        *_set_aside(scene),
        *_diverged(scene),
        *_incomplete(scene),
        *_left_out(scene),
        *_doubled(scene),
        *_lost(scene),
        *_sets(scene),
        *ended(scene),
        *half_ended(scene),
        *misheard(scene),
        *_opaque(scene),
        *(world.talk.judge(scene) if world.talk is not None else ()),
    ]


def _set_aside(scene: Scene) -> Iterator[str]:
    """L4: pmsync fails over no item by a mistake of its own, so that it sets none aside."""
    for bundle in scene.bundles:
        if bundle.item.quarantine is not None:
            yield f"L4 {bundle.item.id} was set aside: {bundle.item.quarantine}"


def _diverged(scene: Scene) -> Iterator[str]:
    """L2: what an item is, each of its replicas shows, or cannot, or is held for a reason that is told."""
    for bundle in scene.bundles:
        if bundle.item.state is not ItemState.LIVE or bundle.item.quarantine is not None:
            continue
        for replica in bundle.replicas:
            native = scene.objects.get((replica.connection, replica.remote_id))
            if native is None:
                if replica.state is not ReplicaState.GONE:
                    yield f"L2 {bundle.item.id} is linked to {replica.connection} {replica.remote_id}, which is gone"
            elif not native.archived and native.admitted:
                yield from _differs(scene, bundle, replica, native)


def _differs(scene: Scene, bundle: Bundle, replica: Replica, native: Native) -> Iterator[str]:
    for name, lens in scene.lenses[replica.connection].items():
        if name not in native.fields or (bundle.item.id, name) in scene.undecided:
            continue
        raw, value = native.fields[name], bundle.item.values.get(name)
        shown = lens.put(value, raw)
        differs = name in bundle.item.values and isinstance(shown, Shown) and shown.native != raw
        if differs and not _held(scene, replica, name, raw, shown):
            yield f"L2 {name} is {value!r}, and {replica.connection} {replica.remote_id} shows {raw!r}"


def _held(scene: Scene, replica: Replica, name: Field, raw: Json, wanted: Shown | Refusal) -> bool:
    """Whether it is held for a reason that may be one: this very change was refused.

    Tools that keep everything as it is sent have no form of their own, and a workflow that leads everywhere refuses no
    status; but without a history somebody's edit right behind a write of ours looks like one.
    """
    hold = replica.held.get(name)
    if not isinstance(hold, dict) or not isinstance(wanted, Shown):
        return False
    plain = scene.world.plain and name in scene.world.history[replica.connection]
    groundless = plain and (OWN_FORM in str(hold) or name is Field.STATUS)
    return (hold.get("before"), hold.get("after")) == (raw, wanted.native) and not groundless


def _incomplete(scene: Scene) -> Iterator[str]:
    """L2: an item is everywhere, unless it was taken away somewhere, or a tool would not have it."""
    for bundle in scene.bundles:
        item = bundle.item
        if item.state is not ItemState.LIVE or item.quarantine is not None:
            continue
        gone = any(one.state is ReplicaState.GONE or one.archived or not one.admitted for one in bundle.replicas)
        for name in scene.world.connections:
            there = any(one.connection == name for one in bundle.replicas)
            # Nothing is made of an item whose title waits for a person.
            waits = gone or (item.id, Field.TITLE) in scene.undecided
            if not there and not waits and (item.id, name) not in scene.unlinked and name not in item.refused:
                ours = all(one.created_by_us for one in bundle.replicas)
                if not ours:
                    yield f"L2 {item.id} was never made in {name}"


def _left_out(scene: Scene) -> Iterator[str]:
    """S8, L5: what is in a tool belongs to an item, did once, or waits for a reason that is told."""
    linked = scene.linked
    for key, native in scene.objects.items():
        if native.archived or not native.admitted or key in linked or key in scene.left:
            continue
        if not scene.waiting.get(key):
            what = "a stranger that waits for nothing" if key in scene.waiting else "unknown to pmsync"
            ours = ", and ours" if native.creator == scene.world.us[key[0]] else ""
            yield f"S8 {key[0]} {key[1]} is {what}{ours}"
        elif MADE_TWICE in scene.waiting[key] and native.creator != scene.world.us[key[0]]:
            yield f"S8 {key[0]} {key[1]} was made by a person, and waits as something that pmsync made twice"


def _doubled(scene: Scene) -> Iterator[str]:
    """S7: at most one object that pmsync made for an item in a tool."""
    alive = {key for key, native in scene.objects.items() if not native.archived and native.admitted}
    made = Counter(
        (birth.connection, birth.item)
        for birth in scene.world.ledger.births()
        if birth.ours and (one := (birth.connection, birth.identity)) in alive and not _left_to_a_person(scene, one)
    )
    for (connection, item), count in made.items():
        if count > 1:
            yield f"S7 {count} objects in {connection} are our copies of {item}"


def _left_to_a_person(scene: Scene, one: Object) -> bool:
    """Whether a copy of ours is held and told: somebody has worked with it since, or its tool has no archive."""
    why = scene.waiting.get(one)
    return bool(why) and (why != MADE_TWICE or one[0] not in scene.archives)


def _lost(scene: Scene) -> Iterator[str]:
    """S1, S2: what a person wrote is shown, was replaced by a person, or is in a conflict before it is overwritten."""
    cells: defaultdict[tuple[str, str, Field], list[Edit]] = defaultdict(list)
    for edit in scene.world.ledger.edits():
        if edit.name not in SETS:
            cells[edit.cell].append(edit)
    for edits in cells.values():
        for mine, after in pairwise(edits):
            if not mine.ours and after.ours and not _survives(scene, mine, after):
                yield (
                    f"S1 {mine.connection} {mine.identity} {mine.name}: {mine.after!r}, written by a person, was "
                    f"overwritten with {after.after!r} and is nowhere"
                )


def _survives(scene: Scene, mine: Edit, after: Edit) -> bool:
    unknown = not mine.based and mine.after == _EMPTY.get(mine.name)
    if unknown or mine.number in scene.world.ledger.no_news:
        return True  # As it was when pmsync last looked: nothing can tell that anybody was there.
    lens = scene.lenses[mine.connection].get(mine.name)
    if lens is None:
        return True
    if isinstance(lens.get(mine.after, None), Unmapped):
        return _recorded(scene, mine, after)
    if mine.name is Field.DESCRIPTION:
        then, written, now = (paragraphs(lens.get(one, None)) for one in (mine.before, mine.after, after.after))
        brought = written - then - now
        if all(_taken_out(scene, mine, after, one) or _told(scene, mine, after, one) for one in brought):
            return True
    if mine.name not in scene.world.history[mine.connection] and (after.unseen or _right_behind(scene, mine)):
        return True
    return _superseded(scene, mine) or _recorded(scene, mine, after)


def _taken_out(scene: Scene, mine: Edit, after: Edit, paragraph: str) -> bool:
    """Whether a person took out what this edit had brought, before it was written over: perhaps elsewhere, where it had
    come to stand in one text with what others wrote."""
    owners, here = scene.owners.get(mine.cell[:2], frozenset()), scene.lenses[mine.connection][mine.name]
    for other in scene.world.ledger.edits():
        between = mine.number < other.number < after.number and other.name is mine.name and not other.ours
        if between and scene.owners.get(other.cell[:2], frozenset()) & owners:
            lens = scene.lenses[other.connection][other.name]
            said = (lens.get(one, None) for one in (other.before, other.after))
            stood, left = (paragraphs(as_shown(here, one)) for one in said)
            if paragraph in stood - left:
                return True
    return False


def _told(scene: Scene, mine: Edit, after: Edit, paragraph: str) -> bool:
    """Whether a conflict that was recorded since has the paragraph, in one text with what others wrote; perhaps with
    what is not shown where it was written."""
    owners, here = scene.owners.get(mine.cell[:2], frozenset()), scene.lenses[mine.connection][mine.name]
    return any(
        entry.get("item") in owners
        and entry.get("field") == mine.name.value
        and any(paragraph in paragraphs(as_shown(here, claim.get("value"))) for claim in claims_of(entry))
        for length, entry in scene.conflicts
        if mine.audited < length <= after.audited
    )


def _right_behind(scene: Scene, mine: Edit) -> bool:
    """Whether it was made right behind a write of ours, before that was acknowledged: without a history it cannot be
    told from the tool's own form of what was sent."""
    before = [one for one in scene.world.ledger.edits() if one.cell == mine.cell and one.number < mine.number]
    return bool(before) and before[-1].ours and mine.based and mine.base != before[-1].after


def _around(scene: Scene, mine: Edit) -> bool:
    """Whether it was made around a write of ours to a set that no history tells of, of which somebody took out again,
    right behind it, what we had put in: then whatever else is new looks like the tool's own form of that."""
    if mine.name in scene.world.history[mine.connection]:
        return False
    edits = [one for one in scene.world.ledger.edits() if one.cell == mine.cell]
    return any(write.ours and mine in _blurred(write, edits[:place], edits[place + 1 :])
               for place, write in enumerate(edits))  # fmt: skip


def _blurred(write: Edit, earlier: Sequence[Edit], later: Sequence[Edit]) -> list[Edit]:
    """The edits of a set right before and behind a write of ours, if one of them took out what it had put in."""
    behind = [one for one in _theirs(later) if one.based and one.base != write.after]
    before = [one for one in _theirs(earlier[::-1]) if write.unseen and one.base == write.base]
    put_in = _members(write.after) - _members(write.before)
    undone = any(put_in & (_members(one.before) - _members(one.after)) for one in behind)
    return [*before, *behind] if undone else []


def _theirs(edits: Sequence[Edit]) -> Iterator[Edit]:
    return takewhile(lambda one: not one.ours, edits)


def _superseded(scene: Scene, mine: Edit) -> bool:
    """Whether a person replaced it, or what showed the same elsewhere.

    Since pmsync wrote the field there last, that is, unless the item was what it said: the order of two edits that it
    reads at once cannot be known, nor that of one which it reads late.
    """
    owners = scene.owners.get(mine.cell[:2], frozenset())
    same = [
        other
        for other in scene.world.ledger.edits()
        if other.name is mine.name and scene.owners.get(other.cell[:2], frozenset()) & owners
    ]
    since = max((other.number for other in same if other.ours and other.number < mine.number), default=-1)
    since = -1 if heeded(scene, mine) else since
    return any(
        not other.ours
        and other.number > since
        and other is not mine
        and _related(scene, mine.name, (mine.connection, mine.after), (other.connection, other.before))
        for other in same
    )


def _related(scene: Scene, name: Field, one: tuple[str, Json], other: tuple[str, Json]) -> bool:
    for (connection, raw), (far, shown) in ((one, other), (other, one)):
        value = scene.lenses[connection][name].get(raw, None)
        lens = scene.lenses[far].get(name)
        if isinstance(value, Unmapped) or lens is None:
            continue
        put = lens.put(value, shown)
        if not isinstance(put, Refusal) and put.native == shown:
            return True
    return False


def _recorded(scene: Scene, mine: Edit, after: Edit) -> bool:
    owners = scene.owners.get((mine.connection, mine.identity), frozenset())
    lens = scene.lenses[mine.connection][mine.name]
    value = lens.get(mine.after, None)
    for length, entry in scene.conflicts:
        if entry.get("field") != mine.name.value or (length > after.audited and not after.unseen):
            continue
        for claim in claims_of(entry) if entry.get("item") in owners else ():
            said = claim.get("value")
            text = mine.name is Field.DESCRIPTION and as_shown(lens, said) == value
            if claim.get("native") == mine.after or said == value or text:
                return True
    return False


def _sets(scene: Scene) -> Iterator[str]:
    """S11: added by a person and never removed is there; removed by a person and never added is not."""
    told: defaultdict[tuple[str, Field], list[tuple[Edit, str, bool]]] = defaultdict(list)
    before_leaving: set[tuple[str, Field, str]] = set()
    linked = scene.linked
    ended = {(one.connection, one.identity) for one in scene.world.ledger.ends() if not one.ours}
    ours = {(one.connection, one.identity) for one in scene.world.ledger.births() if one.ours}
    for edit in (one for one in scene.world.ledger.edits() if one.name in SETS and not one.ours):
        native = scene.objects.get(edit.cell[:2])
        there_is = native is not None and native.admitted and not _around(scene, edit)
        bundle = linked.get(edit.cell[:2]) if there_is else None
        if bundle is not None and edit.cell[:2] not in ended:
            before, after = (_shared(scene, edit, one) for one in (edit.before, edit.after))
            told[bundle.item.id, edit.name] += [(edit, one, True) for one in after - before]
            told[bundle.item.id, edit.name] += [(edit, one, False) for one in before - after]
        else:
            # What is no longer linked, or was put away, may have told the others of this first; and see `_around`.
            changed = _shared(scene, edit, edit.before) ^ _shared(scene, edit, edit.after)
            owners = scene.owners.get(edit.cell[:2], frozenset())
            before_leaving |= {(item, edit.name, one) for item in owners for one in changed}
    items = {bundle.item.id: bundle for bundle in scene.bundles}
    for (item, name), happened in told.items():
        gone = [one for one in items[item].replicas if one.state is ReplicaState.GONE]
        if (item, name) in scene.undecided or len(items[item].replicas) - len(gone) < 2:
            continue
        value = items[item].item.values.get(name)
        there = _meant(scene, name, value)
        for element in {one for _, one, _ in happened}:
            ways = {added for _, one, added in happened if one == element}
            settled = (item, name, element) in before_leaving or _claimed(scene, item, name, element)
            if len(ways) == 2 or settled:
                continue
            if ways == {True} and element not in there:
                yield f"S11 {name}: {element!r} was added to {item} by a person, and {value!r} lacks it"
            # What may have been removed before a state forgot it is brought together; one assignee still shows that.
            forgotten = scene.world.ledger.restored and name is Field.ASSIGNEES
            # Of what people made it is not known what they removed before anything of it was acknowledged.
            known = any(edit.based or edit.cell[:2] in ours for edit, one, _ in happened if one == element)
            if ways == {False} and element in there and known and not forgotten:
                yield f"S11 {name}: {element!r} was removed from {item} by a person, and is in {value!r}"


def _meant(scene: Scene, name: Field, value: Json) -> set[str]:
    """The members of an item's value; of links to what was no item once and is one now, to that."""
    lens = next((one[name] for one in scene.lenses.values() if name in one), None)
    return {lens._resolved(one) if isinstance(lens, LinksLens) else one for one in _members(value)}


def _shared(scene: Scene, edit: Edit, native: Json) -> set[str]:
    """The members of a set, as all tools call them where the mapping knows them. A link to what is no item is no
    business of the others."""
    lens = scene.lenses[edit.connection][edit.name]
    shown = {one: lens.get([one], None) for one in _members(native)}
    named = {str(said[0]) if isinstance(said, list) and said else one for one, said in shown.items()}
    return {one for one in named if edit.name is not Field.LINKS or ":@" not in one}


def _claimed(scene: Scene, item: str, name: Field, element: str) -> bool:
    for _, entry in scene.conflicts:
        if entry.get("item") == item and entry.get("field") == name.value:
            claims = entry.get("values")
            for claim in claims if isinstance(claims, list) else ():
                if isinstance(claim, dict) and element in _members(claim.get("native")) | _members(claim.get("value")):
                    return True
    return False


def _members(value: Json) -> set[str]:
    return {str(one) for one in value} if isinstance(value, list) else set()


def _opaque(scene: Scene) -> Iterator[str]:
    """S5: what the mapping does not know is never overwritten."""
    last: dict[tuple[str, str, Field], bool] = {}
    for edit in scene.world.ledger.edits():
        lens = scene.lenses[edit.connection].get(edit.name)
        unknown = lens is not None and isinstance(lens.get(edit.before, None), Unmapped)
        if edit.ours and not edit.unseen and unknown and last.get(edit.cell) is False:
            yield f"S5 {edit.connection} {edit.identity} {edit.name}: {edit.before!r} was overwritten, unknown as it is"
        last[edit.cell] = edit.ours
