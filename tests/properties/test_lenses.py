"""The lens laws, for mappings, vocabularies and values drawn at random."""

from itertools import permutations, product
from typing import TypedDict
from zoneinfo import ZoneInfo

from depth import trying
from hypothesis import assume, event, given
from hypothesis import strategies as st
from lensing import check_laws, check_set_laws, shows

from pmsync.mapping.dates import DateLens
from pmsync.mapping.laws import Witness, bound_break, broken
from pmsync.mapping.lens import Lens, Refusal, Shown
from pmsync.mapping.parse import parse
from pmsync.mapping.people import match
from pmsync.mapping.sets import LabelsLens, PeopleLens
from pmsync.mapping.spec import Mapping, Other
from pmsync.mapping.status import status_lens
from pmsync.mapping.terms import term_lens
from pmsync.mapping.titles import TitleLens, one_line
from pmsync.mapping.values import NumberLens
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, ItemType, Json, Priority, StatusCategory
from pmsync.model.vocabulary import Member, Term

NATIVES = ("To Do", "to do", "Doing", "DOING", "Review", "Done", "done", "Ideas")
STATUSES = ("To Do", "In Progress", "In Review", "Done", "Cancelled")


class Drawn(TypedDict):
    """One entry of `statuses`, as data."""

    status: list[str]
    category: str
    completed: bool


places = st.builds(
    Drawn,
    status=st.lists(st.sampled_from(STATUSES), min_size=1, max_size=3, unique=True),
    category=st.sampled_from([category.value for category in StatusCategory]),
    completed=st.booleans(),
)


def some(kind: type[Priority] | type[ItemType]) -> st.SearchStrategy[dict[str, Json]]:
    """Rules for a few names, case twins among them."""
    one = st.sampled_from([value.value for value in kind])
    shown: st.SearchStrategy[Json] = st.lists(one, min_size=1, max_size=3, unique=True).map(lambda drawn: [*drawn])
    return st.dictionaries(st.sampled_from(["High", "high", "Low", "Task", "TASK"]), shown, max_size=4)


def entry(place: Drawn) -> Json:
    """The entry as the front end would hand it in."""
    return {"status": [*place["status"]], "category": place["category"], "completed": place["completed"]}


@st.composite
def mappings(draw: st.DrawFn) -> Mapping:
    """Mappings that can be read; whether they keep the laws is another matter."""
    document: dict[str, Json] = {
        "connector": "asana",
        "priorities": draw(some(Priority)),
        "types": draw(some(ItemType)),
    }
    drawn = draw(st.dictionaries(st.sampled_from(NATIVES), places, min_size=1, max_size=6))
    first: dict[str, str] = {}
    for place in drawn.values():
        place["category"] = first.setdefault(place["status"][0], place["category"])
    document["statuses"] = {name: entry(place) for name, place in drawn.items()}
    shown = [status for place in drawn.values() for status in place["status"]]
    document["completed"] = draw(st.none() | st.sampled_from(shown))
    document["other"] = draw(st.sampled_from([other.value for other in Other]))
    mapping = parse(document)
    assert isinstance(mapping, Mapping), mapping
    return mapping


terms = st.lists(
    st.builds(lambda name, is_open: (name, is_open), st.sampled_from([*NATIVES, "High", "low", "Task"]), st.booleans()),
    max_size=8,
).map(lambda drawn: [Term(id=f"t{place}", name=name, open=is_open) for place, (name, is_open) in enumerate(drawn)])


def rules_of(mapping: Mapping, name: Field) -> dict[str, tuple[str, ...]]:
    """What each name of the mapping shows."""
    if name is Field.STATUS:
        return {native: place.shows for native, place in mapping.statuses.items()}
    return dict(mapping.priorities if name is Field.PRIORITY else mapping.types)


def breaks(mapping: Mapping, witness: Witness) -> bool:
    """Whether some tool with names of the mapping, put to show the witness's value, shows another."""
    value = None if witness.value == Priority.NONE else witness.value
    rules = rules_of(mapping, witness.field)
    for names in ([*rules], *([name] for name in rules)):
        tool = [Term(id=name, name=name) for name in names]
        lenses: list[Lens] = [status_lens(mapping, tool, flagged) for flagged in (True, False)]
        if witness.field is not Field.STATUS:
            lenses = [term_lens(witness.field, rules_of(mapping, witness.field), tool)]
        for lens, native in product(lenses, (None, *names)):
            put = lens.put(value, native)
            if isinstance(put, Shown) and lens.get(put.native, value) != value:
                return True
    return False


@given(mappings(), terms, st.booleans())
@trying(50)
def test_a_mapping_is_refused_with_a_true_witness_or_keeps_the_laws_wherever_it_is_bound(
    mapping: Mapping, vocabulary: list[Term], flagged: bool
) -> None:
    witness = broken(mapping)
    event("refused" if witness else "kept")
    if witness is not None:
        assert witness.path[1] in rules_of(mapping, witness.field)
        assert breaks(mapping, witness), "the witness is true"
        return
    status = status_lens(mapping, vocabulary, flagged)
    priority = term_lens(Field.PRIORITY, mapping.priorities, vocabulary)
    type_ = term_lens(Field.TYPE, mapping.types, vocabulary)
    assert bound_break(status, priority, type_) is None
    natives: list[Json] = [{"place": term.id, "completed": ticked} for term in vocabulary for ticked in (True, False)]
    if not flagged:
        natives = [{"place": term.id} for term in vocabulary]
    for native, value, current in product(natives, STATUSES, STATUSES):
        check_laws(status, native, value, current)
    ids: list[Json] = [None, *(term.id for term in vocabulary)]
    for lens, kind in ((priority, Priority), (type_, ItemType)):
        for native, value, current in product(ids, [None, *kind], [None, *kind]):
            check_laws(lens, native, value, current)


@given(mappings(), terms, st.booleans())
def test_a_place_that_takes_no_items_is_never_written(mapping: Mapping, vocabulary: list[Term], flagged: bool) -> None:
    lens = status_lens(mapping, vocabulary, flagged)
    closed = {term.id for term in vocabulary if not term.open}
    for status in STATUSES:
        put = lens.put(status, None)
        native = put.native if isinstance(put, Shown) else put.nearest
        assert native is None or (isinstance(native, dict) and native["place"] not in closed)


words = st.sampled_from(["fix", "login", "page", "page…", "…", "🇩🇪", "👩‍💻", "e\u0301", "שלום", "\n", "\x00", "a" * 30])
titles = st.one_of(st.lists(words, max_size=14).map(" ".join), st.text(max_size=60))


@given(titles, titles, titles, st.integers(1, 40))
@trying(60)
def test_titles_keep_the_laws(native: str, value: str, current: str, limit: int) -> None:
    lens = TitleLens(limit)
    check_laws(lens, one_line(native)[:limit], value, current)
    cut = lens.put(current, None)
    if isinstance(cut, Shown):
        assert isinstance(cut.native, str)
        assert len(cut.native) <= limit
        check_laws(lens, cut.native, value, current)


@given(st.lists(st.sampled_from("abcdefgh"), min_size=30, max_size=60), st.integers(0, 14), st.text("xyz", min_size=1))
def test_an_edit_of_a_cut_title_becomes_an_edit_of_the_whole(letters: list[str], at: int, word: str) -> None:
    tokens = [f"{letter}{place}" for place, letter in enumerate(letters)]
    whole = " ".join(tokens)
    lens = TitleLens(80)
    cut = lens.put(whole, None)
    assert isinstance(cut, Shown)
    assert isinstance(cut.native, str)
    assume(tokens[at] in cut.native.split())
    edited = cut.native.replace(f"{tokens[at]} ", f"{word} ", 1)
    read = lens.get(edited, whole)
    assert read == " ".join([*tokens[:at], word, *tokens[at + 1 :]])
    assert shows(lens, edited, read)


days = st.dates().map(lambda day: day.isoformat())
instants = st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.000Z").rjust(24, "0"))
near = st.sampled_from(["2026-03-29", "2026-03-29T10:00:00.000Z", "2026-03-28T23:30:00.000Z", "2026-10-25", None])
moments: st.SearchStrategy[Json] = st.one_of(st.none(), days, instants, near)


@given(
    moments, moments, moments, st.sampled_from(DateKind),
    st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "America/New_York", "UTC", "Asia/Kathmandu"]),
)  # fmt: skip
@trying(60)
def test_dates_keep_the_laws(native: Json, value: Json, current: Json, kind: DateKind, zone: str) -> None:
    if native is not None:
        assume(kind is DateKind.BOTH or ("T" in str(native)) == (kind is DateKind.INSTANT))
    check_laws(DateLens(kind, ZoneInfo(zone)), native, value, current)


estimates: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=3), st.booleans()
)


@given(estimates, estimates, estimates)
def test_estimates_keep_the_laws(native: Json, value: Json, current: Json) -> None:
    check_laws(NumberLens(), native, value, current)


labels = st.lists(st.sampled_from(["bug", "Bug", "two words", "", "a" * 30, "🐛", "new"]), unique=True).map(sorted)


@given(labels, labels, st.booleans(), st.booleans())
def test_labels_put_are_shown_and_none_is_touched_in_vain(
    native: list[str], value: list[str], spaces: bool, create: bool
) -> None:
    lens = LabelsLens(20, "" if spaces else " ", None if create else frozenset({"bug", "Bug", "two words"}))
    check_set_laws(lens, [*native], [*value])
    put = lens.put([*value], [*native])
    assert isinstance(put, Shown)
    assert isinstance(put.native, list)
    left = set(value) - {str(label) for label in put.native}
    assert bool(left) == bool(put.note)


MEMBERS = {
    "here": [
        Member(id="1", name="Ada", email="ada@x"),
        Member(id="2", name="Grace"),
        Member(id="3", name="Left", active=False),
    ],
    "there": [Member(id="a", name="Ada"), Member(id="e", name="Else")],
}
PERSONS = ("ada@x", "Grace", "Left", "Else", "nobody")


@given(
    st.lists(st.sampled_from(["1", "2", "3", "stranger"]), unique=True),
    st.lists(st.sampled_from(PERSONS), unique=True),
    st.booleans(),
)
def test_people_put_are_shown_and_strangers_stay(native: list[str], value: list[str], single: bool) -> None:
    native = native[:1] if single else native
    lens = PeopleLens(match({}, MEMBERS).on("here"), single)
    check_set_laws(lens, [*native], [*value])
    put = lens.put([*value], [*native])
    assert isinstance(put, Shown)
    assert isinstance(put.native, list)
    assert ("stranger" in native) == ("stranger" in put.native)
    assert "3" in native or "3" not in put.native, "nobody who left is assigned anew"
    assert len(put.native) <= 1 or not single


emails = st.sampled_from(["", "", "a@x", "A@X", "b@x"])
crowds = st.dictionaries(
    st.sampled_from(["one", "two", "three"]),
    st.lists(st.tuples(st.sampled_from(["Ada", "Grace", "ada", ""]), emails), max_size=4),
    min_size=1,
)


@given(crowds)
@trying(100)
def test_matching_people_joins_nobody_twice_and_does_not_depend_on_the_order(
    crowd: dict[str, list[tuple[str, str]]],
) -> None:
    members = {
        connection: [
            Member(id=f"{connection}{place}", name=name, email=email) for place, (name, email) in enumerate(listed)
        ]
        for connection, listed in crowd.items()
    }
    seen = set()
    for order in permutations(members):
        people = match({}, {connection: members[connection] for connection in order})
        for connection, listed in members.items():
            persons = [people.person(connection, member.id) for member in listed]
            assert None not in persons
            assert len(set(persons)) == len(persons), "two members of one tool became one person"
            for member, person in zip(listed, persons, strict=True):
                assert person is not None
                assert people.member(connection, person) == member.id
        seen.add(frozenset((c, m.id, people.person(c, m.id)) for c, listed in members.items() for m in listed))
    assert len(seen) == 1


def test_refusals_leave_alone_what_the_tool_shows() -> None:
    lens = TitleLens(10)
    assert lens.put("\n", "here") == Refusal("the title is empty", nearest="(untitled)")
