"""Custom fields bound to projects: what each is, what is amiss, and what is translated."""

from zoneinfo import ZoneInfo

import pytest

from pmsync.mapping import Kinship, Mapping, Refusal, Shown, bind, match, parse
from pmsync.mapping.bind import Bound
from pmsync.mapping.customs import families, own_fields
from pmsync.mapping.links import LinksLens, outside_targets
from pmsync.mapping.values import NumberLens, TextLens
from pmsync.model.capabilities import Capabilities, DateKind
from pmsync.model.fields import Field, Json, LinkKind
from pmsync.model.native import Native, Ref
from pmsync.model.vocabulary import CustomField, CustomKind, Member, Term, Vocabulary
from pmsync.testing.clock import START
from pmsync.testing.memory import PlainMarkdown

NOTHING: dict[str, str] = {}
NOBODY = Kinship(NOTHING.get, NOTHING.get)
TEAM = Field.custom("Team")
OPTIONS = (Term(id="1", name="Core"), Term(id="2", name="Web"), Term(id="3", name="Old", open=False))


def custom(name: str, kind: CustomKind, **more: object) -> CustomField:
    return CustomField.model_validate({"id": name.lower(), "name": name, "kind": kind, **more})


def bound(
    mapping: Json, *fields: CustomField, others: tuple[CustomField, ...] = (), standard: frozenset[Field] = frozenset(),
    read_only: frozenset[Field] = frozenset(),
) -> Bound:  # fmt: skip
    """One project's fields, beside another one's that are mapped by the same words."""
    spec = parse({"connector": "x", "custom": mapping})
    assert isinstance(spec, Mapping), spec
    members = (Member(id="m1", name="Ada"),)
    here, there = (
        Vocabulary(container=Term(id="p", name="P"), custom=listed, members=members, fields=standard)
        for listed in (fields, others)
    )
    meant = families([own_fields(spec, there), own_fields(spec, here)])
    capabilities = Capabilities(fields=frozenset(Field.standard()), read_only=read_only)
    roster = match({}, {"here": members}).on("here")
    return bind(spec, here, capabilities, PlainMarkdown(), roster, ZoneInfo("Europe/Berlin"), NOBODY, None, meant)


def said(bound: Bound) -> list[tuple[str, str]]:
    return [(one.severity, one.message) for one in bound.findings if "ustom" in one.message or "here" in one.message]


@pytest.mark.parametrize(
    ("field", "value", "put"),
    [
        (custom("Team", CustomKind.TEXT, limit=3), "abc", Shown("abc")),
        (
            custom("Team", CustomKind.TEXT, limit=3),
            "abcd",
            Refusal("Team has room for 3 characters, and the text has 4"),
        ),
        (
            custom("Team", CustomKind.TEXT),
            "a\nb",
            Shown("a b", "Team has one line: line breaks are shown as blanks"),
        ),
        (custom("Team", CustomKind.TEXT, lines=True), "a\nb", Shown("a\nb")),
        (custom("Team", CustomKind.NUMBER, precision=1), 2.55, Shown(2.5, "2.55 is shown rounded, as 2.5")),
        (custom("Team", CustomKind.DATE, dates=DateKind.INSTANT), "2026-05-11", Shown("2026-05-11T10:00:00.000Z")),
        (custom("Team", CustomKind.SELECT, options=OPTIONS), "core", Shown("Core")),
        (custom("Team", CustomKind.SELECT, free=True), "Other", Shown("Other")),
        (custom("Team", CustomKind.MULTI, options=OPTIONS), ["web", "Core"], Shown(["Core", "Web"])),
        (custom("Team", CustomKind.PERSON), ["Ada"], Shown(["m1"])),
        (custom("Team", CustomKind.CHECKBOX), True, Shown(True)),
        (custom("Team", CustomKind.CHECKBOX), False, Shown(None)),
    ],
)
def test_each_kind_has_a_lens(field: CustomField, value: Json, put: Shown | Refusal) -> None:
    lens = bound({"team": "Team"}, field).lenses[TEAM]
    assert lens.put(value, None) == put
    assert isinstance(lens.put({}, None), Refusal) or field.kind in (CustomKind.MULTI, CustomKind.PERSON)


@pytest.mark.parametrize("name", ["Other", "Old"])
def test_an_option_that_the_tool_lacks_is_told_with_what_to_do_or_made(name: str) -> None:
    team = custom("Team", CustomKind.SELECT, options=OPTIONS)
    remedy = "add it in the tool, or let the mapping have it made (`options: {create: true}`)"
    told = f"Team has no option {name!r}: {remedy}"
    assert bound({"Team": "Team"}, team).lenses[TEAM].put(name, "Web") == Refusal(told)
    making = bound({"Team": {"shows": "Team", "options": {"create": True}}}, team)
    assert making.lenses[TEAM].put(name, "Web") == Shown(name)
    crews = custom("Team", CustomKind.MULTI, options=OPTIONS)
    assert bound({"Team": "Team"}, crews).lenses[TEAM].put([name, "Web"], ["Web"]) == Shown(["Web"], told)


def test_a_choice_takes_part_in_a_set_with_one_name() -> None:
    one, many = custom("Team", CustomKind.SELECT, options=OPTIONS), custom("Team", CustomKind.MULTI, options=OPTIONS)
    lens = bound({"Team": "Team"}, one, others=(many,)).lenses[TEAM]
    assert lens.get("Core", ["core", "Web"]) == ["core"]
    assert lens.put(["Core", "Web"], "Web") == Shown("Web", "not shown: Core; Team holds one only")
    assert bound({"Team": "Team"}, many, others=(one,)).lenses[TEAM].get(["Core"], None) == ["Core"]


def test_kinds_that_cannot_be_exchanged_are_not_kept_in_step_and_told() -> None:
    clash = bound({"Team": "Team"}, custom("Team", CustomKind.NUMBER), others=(custom("Team", CustomKind.TEXT),))
    assert TEAM not in clash.lenses
    told = "'Team' is a number here, and 'Team' is a text or a choice elsewhere: it is not kept in step here"
    assert ("error", told) in said(clash)
    wrong = bound({"When": "release"}, custom("When", CustomKind.DATE))
    assert Field.RELEASE not in wrong.lenses
    assert (
        "error",
        "'When' is a date here, and release is a set of names elsewhere: it is not kept in step here",
    ) in said(wrong)


def test_a_field_that_is_not_there_or_there_twice_is_told() -> None:
    twice = (custom("Team", CustomKind.TEXT), custom("TEAM", CustomKind.TEXT), custom("Size", CustomKind.NUMBER))
    found = bound({"team": "Team", "Colour": "Colour"}, *twice)
    assert ("warning", "2 custom fields are called 'team': the first is used") in said(found)
    assert ("warning", "there is no custom field 'Colour' here: 'Colour' is not kept in step") in said(found)
    assert set(found.lenses) == {TEAM}


def test_what_a_tool_has_of_a_standard_field_is_found_without_the_mapping() -> None:
    versions = custom("Fix versions", CustomKind.MULTI, options=OPTIONS, shows=Field.RELEASE)
    assert Field.RELEASE not in bound({}, versions).lenses
    found = bound({}, versions, standard=frozenset({Field.RELEASE, Field.SPRINT, Field.TIME_SPENT}))
    assert found.lenses[Field.RELEASE].put(["core"], []) == Shown(["Core"])
    assert isinstance(found.lenses[Field.SPRINT], TextLens)
    assert isinstance(found.lenses[Field.TIME_SPENT], NumberLens)
    other = custom("Version", CustomKind.TEXT)
    instead = bound({"Version": "release"}, versions, other, standard=frozenset({Field.RELEASE}))
    assert instead.lenses[Field.RELEASE].put(["2.0"], "1.0") == Shown("2.0")


def test_what_can_only_be_read_is_known() -> None:
    spent = frozenset({Field.TIME_SPENT, Field.SPRINT})
    team = custom("Team", CustomKind.TEXT, writable=False)
    found = bound({"Team": "Team"}, team, standard=spent, read_only=frozenset({Field.TIME_SPENT, Field.LINKS}))
    assert found.read_only == {TEAM, Field.TIME_SPENT}


def test_an_option_that_the_vocabulary_lacks_is_unknown_once() -> None:
    team = custom("Team", CustomKind.MULTI, options=OPTIONS)
    found = bound({"Team": "Team"}, team)
    values: tuple[Json, ...] = (["Core", "Brand new"], ["Old"], [])
    natives = [Native(Ref("1"), {TEAM: value}, START, START) for value in values]
    assert [found.unknown(one) for one in natives] == [{"team%3DBrand%20new"}, set(), set()]


def test_links_are_translated_and_what_leads_outside_is_remembered() -> None:
    items, there = {"10": "A"}, {"A": "10"}
    kinship = Kinship(items.get, there.get, lambda connection, native: {"7": "A"}.get(native))
    lens = LinksLens(kinship, frozenset({LinkKind.BLOCKS}), "here")
    assert lens.get(["blocks:10", "blocks:99"], None) == ["blocks:A", "blocks:@here/99"]
    assert lens.put(["blocks:A"], ["blocks:99"]) == Shown(["blocks:10", "blocks:99"])
    assert lens.put([], ["blocks:10", "blocks:99"]) == Shown(["blocks:99"])
    assert lens.put(["blocks:@there/7"], []) == Shown(["blocks:10"]), "what has become an item meanwhile is shown"
    assert lens.get(["blocks:10"], ["blocks:@there/7"]) == ["blocks:@there/7"], "and is told as the item remembers it"
    told = (
        "links not shown: the tool has no link that says 'relates'; the item that a link leads to is not in this tool"
    )
    assert lens.put(["relates:A", "blocks:B"], []) == Shown([], told)
    assert (lens.unfinished(["blocks:B"]), lens.unfinished(["blocks:A", "relates:B", "blocks:@x/1"])) == (True, False)
    assert outside_targets(["blocks:@here/99", "blocks:@here2/1", "blocks:A"], "here") == ["99"]
