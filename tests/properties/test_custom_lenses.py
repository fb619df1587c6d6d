"""The lens laws for custom fields, releases, sprints and links, for values drawn at random."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from lensing import check_laws, check_set_laws, shows

from pmsync.mapping.choices import NamesLens, Options, SelectLens, options_of
from pmsync.mapping.customs import Own, custom_lens, families, fits
from pmsync.mapping.lens import Shown, Unmapped
from pmsync.mapping.links import LinksLens
from pmsync.mapping.people import Roster
from pmsync.mapping.values import CheckboxLens, Kinship, NumberLens, TextLens
from pmsync.model.fields import Field, Json, LinkKind
from pmsync.model.vocabulary import CustomField, CustomKind, Term

names = st.sampled_from(["Core", "core", "CORE", "Web", "two  words", "Two Words", "ß", "SS", "", " ", "x" * 30, "new"])
told: st.SearchStrategy[Json] = st.one_of(st.none(), names, st.text(max_size=5), st.floats(), st.booleans())
options = st.lists(st.builds(lambda name, is_open: Term(id=name, name=name, open=is_open), names, st.booleans()))
choices = st.builds(
    lambda terms, create: options_of(
        CustomField(id="t", name="Team", kind=CustomKind.SELECT, options=tuple(terms), limit=20), create=create
    ),
    options,
    st.booleans(),
)


@given(choices, told, told, told)
def test_choices_keep_the_laws(options: Options, native: Json, value: Json, current: Json) -> None:
    check_laws(SelectLens(options), native, value, current)


@given(choices, told, told)
def test_what_a_choice_cannot_show_is_refused_and_never_written(options: Options, native: Json, value: Json) -> None:
    put = SelectLens(options).put(value, native)
    if isinstance(put, Shown) and put.native != native and put.native is not None:
        assert isinstance(put.native, str)
        assert options.any or put.native in options.names.values()
        assert len(put.native) <= 30


sets: st.SearchStrategy[list[Json]] = st.lists(names, max_size=5).map(lambda drawn: [*drawn])


@given(choices, sets, sets, sets)
def test_sets_of_names_keep_the_laws(options: Options, native: list[Json], value: list[Json], now: list[Json]) -> None:
    lens = NamesLens(options)
    check_set_laws(lens, native, value)
    put = lens.put(value, native)
    assert isinstance(put, Shown)
    assert isinstance(put.native, list)
    reading = lens.get(put.native, value)
    assert isinstance(reading, list)
    assert {*map(str, reading)} <= {*map(str, value)}, "it is read as it was spelled where it came from"
    assert isinstance(lens.get(native, now), list)


@given(choices, st.none() | names, sets)
def test_one_name_stands_for_a_set_where_there_is_room_for_one(
    options: Options, native: Json, value: list[Json]
) -> None:
    lens = NamesLens(options, single=True)
    put = lens.put(value, native)
    assert isinstance(put, Shown)
    assert put.native is None or isinstance(put.native, str)
    assert shows(lens, put.native, value)
    reading = lens.get(native, value)
    assert not isinstance(reading, Unmapped)
    assert shows(lens, native, reading)


numbers: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.integers(-9, 9), st.floats(), st.sampled_from([0.1, 0.125, 2.5, 1e300, True, "1"])
)


@given(st.none() | st.integers(0, 3), numbers, numbers, numbers)
def test_numbers_keep_the_laws(precision: int | None, native: Json, value: Json, current: Json) -> None:
    check_laws(NumberLens("a number", precision), native, value, current)


texts: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.text(max_size=8), st.sampled_from(["a\nb", "a b", "a\r\nb", " a  b ", "a\n\n", "\n", 5.0])
)


@given(st.booleans(), st.none() | st.integers(1, 6), texts, texts, texts)
def test_texts_keep_the_laws(lines: bool, limit: int | None, native: Json, value: Json, current: Json) -> None:
    check_laws(TextLens("Note", limit, lines), native, value, current)


ticks: st.SearchStrategy[Json] = st.sampled_from([True, False, None, "yes", 1.0])


@given(ticks, ticks, st.booleans())
def test_ticks_keep_the_laws(native: Json, value: Json, current: bool) -> None:
    check_laws(CheckboxLens(), native, value, current)


ITEMS = {"1": "A", "2": "B", "3": "C"}
THERE = {item: native for native, item in ITEMS.items() if item != "C"}
ELSEWHERE = {("there", "77"): "A", ("there", "88"): None}
LENS = LinksLens(
    Kinship(ITEMS.get, THERE.get, lambda connection, native: ELSEWHERE.get((connection, native))),
    frozenset({LinkKind.BLOCKS, LinkKind.RELATES}),
    "here",
)
kinds = st.sampled_from(["blocks", "relates", "duplicates"])
natives = st.builds(
    lambda kind, target: f"{kind}:{target}", st.sampled_from(["blocks", "relates"]), st.sampled_from(["1", "2", "99"])
)
links = st.builds(
    lambda kind, target: f"{kind}:{target}",
    kinds,
    st.sampled_from(["A", "B", "C", "@there/77", "@there/88", "@here/99"]),
)


@given(st.lists(natives, unique=True).map(sorted), st.lists(links, unique=True))
def test_links_keep_the_laws_and_what_leads_outside_stays(native: list[str], value: list[str]) -> None:
    put = LENS.put([*value], [*native])
    assert isinstance(put, Shown)
    assert isinstance(put.native, list)
    assert shows(LENS, put.native, [*value])
    reading = LENS.get([*native], [*value])
    assert isinstance(reading, list)
    assert shows(LENS, [*native], reading)
    if shows(LENS, [*native], [*value]):
        assert {one for one in reading if one != "blocks:@here/99" and one != "relates:@here/99"} <= set(value)
    outside = {one for one in native if one.endswith(":99")}
    assert {one for one in put.native if str(one).endswith(":99")} == outside
    assert not [one for one in put.native if str(one).startswith("duplicates")], "what the tool cannot say is not sent"


fields = st.builds(
    lambda kind, single, precision: CustomField(id="f", name="F", kind=kind, single=single, precision=precision),
    st.sampled_from(CustomKind),
    st.booleans(),
    st.none() | st.integers(0, 2),
)


@given(st.lists(fields, min_size=1, max_size=3), st.sampled_from([Field.custom("F"), Field.RELEASE, Field.ESTIMATE]))
def test_a_field_is_one_thing_wherever_it_is_kept_in_step(customs: list[CustomField], name: Field) -> None:
    meant = families([{name: Own(custom, create=True)} for custom in customs])[name]
    empty: set[str] = set()
    for custom in customs:
        if not fits(custom, meant):
            continue
        lens = custom_lens(Own(custom, create=True), meant, Roster({}, {}), ZoneInfo("UTC"))
        reading = lens.get([] if custom.kind in (CustomKind.MULTI, CustomKind.PERSON) else None, None)
        assert not isinstance(reading, Unmapped)
        empty.add(repr(reading))
    assert len(empty) <= 1, "nothing is said in one way"
