"""Whatever people do, in whatever order, whichever tools are out of reach: agreement in the end, and nothing lost."""

from depth import trying
from hypothesis import given
from hypothesis import strategies as st
from worlds import COARSE, DEEP, FINE, Letters, World

from pmsync.mapping.lens import Unmapped
from pmsync.model.fields import Field, Json
from pmsync.reconcile.policy import Policy, Rule

TOOLS = {"deep": DEEP, "coarse": COARSE, "fine": FINE}
SETS = {"any": Letters(), "most": Letters(frozenset("ab")), "few": Letters(frozenset("bc"))}

POLICIES = st.sampled_from(
    [Policy(), Policy(Rule.OWNER, ("coarse",)), Policy(Rule.NEWEST), Policy(Rule.OWNER, ("fine", "deep"))]
)


@st.composite
def status_stories(draw: st.DrawFn) -> tuple[World, list[tuple[str, str, list[str]]]]:
    """A world that was in step, and what people then do: a tool, its new value, and the tools within reach after."""
    start = draw(st.sampled_from(["To Do", "In Progress", "In Review", "Done"]))
    raws: dict[str, Json] = {}
    for name, lens in TOOLS.items():
        raws[name] = draw(st.sampled_from([raw for raw, shown in lens.shows.items() if start in shown]))
    world = World(Field.STATUS, TOOLS, raws, {}, {}, policy=draw(POLICIES))
    story = []
    for _ in range(draw(st.integers(0, 8))):
        tool = draw(st.sampled_from(list(TOOLS)))
        raw = draw(st.sampled_from(list(TOOLS[tool].shows)))
        story.append((tool, raw, draw(st.lists(st.sampled_from(list(TOOLS)), unique=True))))
    return world, story


@given(status_stories())
@trying(120)
def test_statuses_agree_in_the_end_and_no_edit_is_lost(case: tuple[World, list[tuple[str, str, list[str]]]]) -> None:
    world, story = case
    world.play()
    for tool, raw, reach in story:
        shown = world.raws[tool]
        world.raws[tool] = raw
        before, known = dict(world.raws), dict(world.bases)
        recorded = len(world.conflicts)
        world.play(present=reach, reached=reach)
        told = {claim.native for conflict in world.conflicts[recorded:] for claim in conflict.claims}
        for name in TOOLS:
            edited = name == tool and raw not in (shown, known[name])  # an edit back to the base cannot be told
            kept = world.raws[name] == before[name] or before[name] in told
            assert not edited or kept, "an edit was overwritten and not recorded"
    world.play()
    quiet = world.play()
    assert not quiet.writes
    assert not quiet.conflicts
    for name, lens in TOOLS.items():
        if not isinstance(lens.get(world.raws[name], None), Unmapped):
            assert world.setting is not None
            assert world.shows(name, world.setting.value)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(SETS)), st.booleans(), st.sampled_from("abcde"),
            st.lists(st.sampled_from(list(SETS)), unique=True),
        ),
        max_size=10,
    )
)  # fmt: skip
@trying(120)
def test_what_is_added_to_a_set_stays_until_somebody_removes_it(story: list[tuple[str, bool, str, list[str]]]) -> None:
    world = World(Field.LABELS, SETS, {"any": ["a", "d"], "most": ["d"], "few": ["a", "d"]}, {}, {})
    world.play()
    for tool, add, letter, reach in story:
        if letter in SETS[tool].forbidden:
            continue
        held = world.raws[tool]
        assert isinstance(held, list)
        kept = [one for one in held if one != letter]
        world.raws[tool] = [*sorted(str(one) for one in [*kept, *([letter] if add else [])])]
        world.play(present=reach, reached=reach)
    world.play()
    members = world.setting.value if world.setting else None
    assert isinstance(members, list)
    for name, lens in SETS.items():
        shown = world.raws[name]
        assert isinstance(shown, list)
        assert set(map(str, shown)) == set(map(str, members)) - lens.forbidden
    assert not world.play().writes


@given(st.lists(st.tuples(st.sampled_from(list(SETS)), st.sampled_from("cde")), min_size=1, max_size=3, unique=True))
@trying(60)
def test_labels_that_several_people_add_at_once_are_all_kept(additions: list[tuple[str, str]]) -> None:
    world = World(Field.LABELS, SETS, {"any": [], "most": [], "few": []}, {}, {})
    world.raws = {"any": ["z"], "most": ["z"], "few": ["z"]}
    world.play()
    for tool, letter in additions:
        held = world.raws[tool]
        assert isinstance(held, list)
        if letter not in SETS[tool].forbidden:
            world.raws[tool] = [*sorted({*map(str, held), letter})]
    wanted = {letter for tool, letter in additions if letter not in SETS[tool].forbidden}
    world.play()
    members = world.setting.value if world.setting else None
    assert isinstance(members, list)
    assert wanted <= set(map(str, members))
