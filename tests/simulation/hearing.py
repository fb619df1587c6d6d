"""Whether pmsync hears people rightly: none of their edits is taken note of and dropped, and it invents none."""

from collections.abc import Iterator, Mapping

from tests.simulation.chance import SETS
from tests.simulation.ledger import Edit, Heard
from tests.simulation.scene import Scene

from pmsync.mapping.lens import Lens, Shown, Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import FLAPPING
from pmsync.reconcile.voice import empty


def misheard(scene: Scene) -> Iterator[str]:
    """All edits that were taken note of for nothing, and all that nobody made."""
    yield from _dropped(scene)
    if not scene.world.ledger.restored:
        yield from _invented(scene)


def _dropped(scene: Scene) -> Iterator[str]:
    """S2: when what a person wrote becomes what pmsync starts from, the item shows it, or a conflict has it."""
    for heard in scene.world.ledger.heard:
        if not _stands(scene, heard) and not _recorded(scene, heard):
            edit = heard.edit
            yield (
                f"S2 {edit.connection} {edit.identity} {edit.name}: {edit.after!r}, written by a person, was taken "
                f"note of, and the item became {heard.value!r} without a conflict"
            )


def _stands(scene: Scene, heard: Heard) -> bool:
    edit = heard.edit
    lens = scene.lenses[edit.connection].get(edit.name)
    if lens is None or isinstance(said := lens.get(edit.after, None), Unmapped):
        return True
    if not edit.based and (edit.connection, edit.identity) in scene.world.ledger.hidden:
        return True  # It came back, and is compared with what it showed when it left.
    if not edit.based and (edit.after in (None, "") or empty(said)):
        return True  # Emptiness of which nothing was acknowledged is no edit.
    if edit.name not in scene.world.history[edit.connection]:
        return True  # What came right behind a write of ours cannot be told from the tool's own form of it.
    if edit.name is Field.DESCRIPTION:
        return paragraphs(said) - paragraphs(lens.get(edit.before, None)) <= paragraphs(as_shown(lens, heard.value))
    return _shows(lens, heard)


def _shows(lens: Lens, heard: Heard) -> bool:
    shown = lens.put(heard.value, heard.edit.after)
    return isinstance(shown, Shown) and shown.native == heard.edit.after


def heeded(scene: Scene, edit: Edit) -> bool:
    """Whether the item was what a person wrote when pmsync took note of it: it took another's edit to change that."""
    lens = scene.lenses[edit.connection].get(edit.name)
    mine = [one for one in scene.world.ledger.heard if one.edit is edit]
    return lens is not None and any(_shows(lens, one) for one in mine)


def _recorded(scene: Scene, heard: Heard) -> bool:
    edit = heard.edit
    owners = scene.owners.get((edit.connection, edit.identity), frozenset())
    return any(
        length <= heard.audited
        and entry.get("item") in owners
        and entry.get("field") == edit.name.value
        and any(claim.get("native") == edit.after for claim in claims_of(entry))
        for length, entry in scene.conflicts
    )


def paragraphs(text: Json | Unmapped) -> set[str]:
    """What a text consists of."""
    return set(str(text or "").split("\n\n")) - {""}


def as_shown(lens: Lens, text: Json | Unmapped) -> Json | Unmapped:
    """A text as a tool shows it to people: without what it has no form for."""
    shown = Unmapped() if isinstance(text, Unmapped) else lens.put(text, None)
    return lens.get(shown.native, None) if isinstance(shown, Shown) else text


def claims_of(entry: Mapping[str, Json]) -> list[dict[str, Json]]:
    """The sides of a conflict that the audit log tells of."""
    claims = entry.get("values")
    return [one for one in claims if isinstance(one, dict)] if isinstance(claims, list) else []


def _invented(scene: Scene) -> Iterator[str]:
    """S2: a conflict holds nothing against what a person wrote that pmsync itself had put there."""
    ours = {(one.connection, one.identity) for one in scene.world.ledger.births() if one.ours}
    for _, entry in scene.conflicts:
        name = Field(str(entry["field"]))
        if name in SETS:
            continue
        for claim in claims_of(entry):
            places = [
                place for place, owners in scene.owners.items()
                if place[0] == claim.get("connection") and entry.get("item") in owners
            ]  # fmt: skip
            # One side of a fight is what stands where our writes are undone, be it the last of these, and of nobody's.
            stands = entry.get("policy") == FLAPPING and claim.get("actor") is None
            loses = not claim.get("pending") and claim != entry.get("winner") and not stands
            if places and loses and all(_is_ours(scene, one, name, claim, ours) for one in places):
                yield f"S2 {places[0]} {name}: {claim.get('native')!r} is told as somebody's, and pmsync had written it"


def _is_ours(
    scene: Scene, place: tuple[str, str], name: Field, claim: Mapping[str, Json], ours: set[tuple[str, str]]
) -> bool:
    edits = [one for one in scene.world.ledger.edits() if one.cell == (*place, name)]
    lens, told = scene.lenses[place[0]].get(name), claim.get("native")

    def says(value: Json) -> bool:
        # A tool's history may tell of a text in words, of which its field shows a document.
        text = lens is not None and name is Field.DESCRIPTION and lens.get(value, None) in (told, claim.get("value"))
        return value == told or text

    if told in (None, "") or any(not one.ours and says(one.after) for one in edits):
        return False
    return place in ours or (any(says(one.after) for one in edits) and not says(edits[0].before))
