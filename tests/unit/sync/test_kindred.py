"""Custom fields proposed to be kept in step: by their names over several tools, where their kinds fit."""

from pmsync.connector.api import Account
from pmsync.mapping.spec import Custom
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Field
from pmsync.model.vocabulary import CustomField, CustomKind, Term, Vocabulary
from pmsync.sync.kindred import kindred
from pmsync.sync.setup import Surveyed

TEXT, NUMBER, DATE, SELECT, MULTI = (
    CustomKind.TEXT, CustomKind.NUMBER, CustomKind.DATE, CustomKind.SELECT, CustomKind.MULTI,
)  # fmt: skip


def custom(name: str, kind: CustomKind = TEXT, **more: object) -> CustomField:
    return CustomField.model_validate({"id": name.lower(), "name": name, "kind": kind, **more})


def tool(
    *customs: CustomField, has: frozenset[Field] = frozenset(), tells: frozenset[Field] = frozenset(),
    able: bool = True, priorities: tuple[Term, ...] = (),
) -> Surveyed:  # fmt: skip
    names = Vocabulary(container=Term(id="0", name="Project"), fields=has, custom=customs, priorities=priorities)
    return Surveyed(Account("u", "Us", "https://tool.example"), names, Capabilities(has, read_only=tells, custom=able))


def proposed(**tools: Surveyed) -> dict[str, dict[str, str]]:
    found = kindred(tools)
    return {name: {native: said.shows.value for native, said in one.items()} for name, one in found.items() if one}


def test_fields_of_one_name_are_kept_in_step_under_the_first_spelling() -> None:
    ours = tool(custom("Launch  Team", SELECT), custom("Alone"))
    theirs = tool(custom("LAUNCH TEAM", TEXT), custom("Lonely"))

    found = kindred({"product": ours, "engineering": theirs})

    assert found == {
        "product": {"Launch  Team": Custom(Field.custom("Launch Team"))},
        "engineering": {"LAUNCH TEAM": Custom(Field.custom("Launch Team"))},
    }


def test_a_field_that_another_tool_has_by_itself_is_that_field() -> None:
    own = frozenset({Field.RELEASE, Field.SPRINT, Field.ESTIMATE})
    board = tool(custom("Fix Version/s", TEXT), custom("Sprint", SELECT), custom("Story Points", NUMBER))
    issues = tool(custom("Fix versions", MULTI, shows=Field.RELEASE), custom("Story Points", NUMBER), has=own)

    assert proposed(product=board, engineering=issues) == {
        "product": {"Fix Version/s": "release", "Sprint": "sprint", "Story Points": "estimate"}
    }, "what a tool has by itself needs no line"


def test_two_custom_fields_that_are_a_standard_field_meet_though_they_are_called_otherwise() -> None:
    one, other = tool(custom("Version"), custom("Release", DATE)), tool(custom("Release", MULTI))

    assert proposed(product=one, delivery=other) == {
        "product": {"Version": "release"},
        "delivery": {"Release": "release"},
    }


def test_kinds_that_do_not_fit_are_left_out_and_most_decide() -> None:
    tools = {
        "product": tool(custom("Size", TEXT)),
        "engineering": tool(custom("Size", NUMBER)),
        "delivery": tool(custom("size", NUMBER)),
    }

    assert proposed(**tools) == {"engineering": {"Size": "custom:Size"}, "delivery": {"size": "custom:Size"}}
    assert not proposed(product=tools["product"], engineering=tools["engineering"])
    assert not proposed(product=tool(custom("Story points", TEXT)), engineering=tool(has=frozenset({Field.ESTIMATE})))


def test_what_nobody_can_write_is_not_kept_in_step() -> None:
    spent = frozenset({Field.TIME_SPENT})

    assert not proposed(
        product=tool(custom("Sum", NUMBER, writable=False)), delivery=tool(custom("Sum", NUMBER, writable=False))
    )
    assert not proposed(
        product=tool(custom("Time spent", NUMBER, writable=False)), engineering=tool(has=spent, tells=spent)
    )
    assert proposed(product=tool(custom("Time spent", NUMBER)), engineering=tool(has=spent, tells=spent))


def test_what_is_something_else_already_or_cannot_be_told_apart_is_left_alone() -> None:
    high = (Term(id="1", name="High"),)
    assert not proposed(
        product=tool(custom("Urgency", SELECT, options=high), priorities=high), delivery=tool(custom("Urgency", SELECT))
    )
    assert not proposed(product=tool(custom("Labels", MULTI)), delivery=tool(custom("Labels", MULTI)))
    assert not proposed(product=tool(custom("Team"), custom("team")), delivery=tool(custom("Team")))
    assert not proposed(product=tool(custom("Team"), able=False), delivery=tool(custom("Team")))
