"""A mapping bound to a project: which lenses there are, and what is amiss."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pmsync.mapping import Bound, Kinship, Mapping, bind, match, parse
from pmsync.mapping.lens import Shown
from pmsync.model.capabilities import Capabilities
from pmsync.model.fields import Field, Json, StatusCategory
from pmsync.model.native import Native, Ref
from pmsync.model.vocabulary import Member, Term, Vocabulary
from pmsync.testing.builders import USUAL_FIELDS
from pmsync.text.dialect import Read, Written

NOTHING: dict[str, str] = {}
NOBODY = Kinship(NOTHING.get, NOTHING.get)
MOMENT = datetime(2026, 5, 11, tzinfo=UTC)
SPEC: dict[str, Json] = {
    "connector": "asana",
    "statuses": {
        "To Do": {"status": "To Do", "category": "TODO"},
        "Doing": {"status": ["In Progress", "In Review"], "category": "IN_PROGRESS"},
        "Done": {"status": "Done", "category": "DONE", "completed": True},
        "Shelf": {"status": "Cancelled", "category": "CANCELLED"},
    },
    "completed": "Done",
    "priorities": {"High": ["HIGH", "URGENT"], "Low": "LOW"},
}


class Plain:
    """Markdown as it is."""

    handles = False

    def read(self, document: Json) -> Read:
        return Read(str(document or ""))

    def write(self, markdown: str, document: Json = None) -> Written:
        return Written(markdown)

    def canonical(self, document: Json) -> Json:
        return document


def terms(*names: str) -> tuple[Term, ...]:
    return tuple(Term(id=f"{place}-{name}", name=name) for place, name in enumerate(names))


def bound(statuses: dict[str, StatusCategory] | None = None, *, changes: dict[str, Json] | None = None) -> Bound:
    mapping = parse({**SPEC, **(changes or {})})
    assert isinstance(mapping, Mapping), mapping
    members = (Member(id="m1", name="Ada"),)
    vocabulary = Vocabulary(
        container=Term(id="p", name="Launch"),
        statuses=terms("To Do", "Doing", "Done", "Done", "Ideas"),
        completed=True,
        priorities=terms("High", "Odd"),
        types=terms("Task"),
        labels=terms("bug", "bug", "ux"),
        members=members,
        fields=USUAL_FIELDS - {Field.ESTIMATE},
    )
    roster = match({}, {"here": members}).on("here")
    capabilities = Capabilities(fields=frozenset(Field.standard()), single_assignee=True)
    return bind(mapping, vocabulary, capabilities, Plain(), roster, ZoneInfo("UTC"), NOBODY, statuses)


def said(binding: Bound, severity: str) -> list[str]:
    return [finding.message for finding in binding.findings if finding.severity == severity]


def test_there_is_a_lens_for_each_field_that_the_project_has_and_the_mapping_speaks_of() -> None:
    assert set(bound().lenses) == USUAL_FIELDS - {Field.ESTIMATE, Field.TYPE}
    assert Field.TYPE in bound(changes={"types": {"Task": "TASK"}}).lenses


def test_what_the_tool_and_the_mapping_do_not_share_is_found() -> None:
    binding = bound({"Blocked": StatusCategory.ON_HOLD})
    assert said(binding, "error") == [
        "status 'Cancelled' cannot be shown: no place here is mapped to it",
        "status 'Blocked' cannot be shown: no place here is mapped to it",
    ]
    assert said(binding, "warning") == [
        "'Ideas' is not in the mapping: the items in it stay there, and have no status",
        "priority 'Odd' is not in the mapping: it is left as it is",
        "priority MEDIUM cannot be shown here",
        "priority LOW cannot be shown here",
        "2 labels are called 'bug': the first is used",
    ]
    assert said(binding, "info") == [
        "status 'In Review' is shown as 'Doing', the nearest",
        "statuses of the mapping that the tool does not have: 'Shelf'",
        "2 places are called 'Done': all are read alike, the first is written",
        "priority names of the mapping that the tool does not have: 'Low'",
        "no type of the tool is in the mapping: the field is left alone",
    ]
    assert all(finding.remedy for finding in binding.findings if finding.severity != "info")


def test_places_that_are_collections_are_no_warning() -> None:
    assert "'Ideas'" not in str(said(bound(changes={"other": "collection"}), "warning"))
    assert "'Ideas'" in str(said(bound(changes={"other": "collection"}), "info"))
    assert "'Ideas'" not in str(bound(changes={"other": "ignore"}).findings)


def test_names_for_people() -> None:
    binding = bound()
    assert binding.native_name(Field.STATUS, {"place": "1-Doing", "completed": True}) == "Doing, ticked"
    assert binding.native_name(Field.STATUS, {"place": "2-Done", "completed": True}) == "Done"
    assert binding.native_name(Field.STATUS, {"place": "2-Done", "completed": False}) == "Done, not ticked"
    assert binding.native_name(Field.PRIORITY, "0-High") == "High"
    assert binding.native_name(Field.PRIORITY, None) == ""
    assert binding.native_name(Field.ASSIGNEES, ["m1", "ghost"]) == "Ada, ghost"
    assert binding.native_name(Field.LABELS, ["a", "b"]) == "a, b"
    assert binding.native_name(Field.TITLE, "A title") == "A title"
    assert binding.native_name(Field.ESTIMATE, 3.0) == "3.0"
    assert binding.place_for("In Review") == "Doing"
    assert binding.place_for("Cancelled") == ""
    assert binding.status_category("In Review") is StatusCategory.IN_PROGRESS
    assert binding.status_category("No such") is None


def test_ids_that_the_vocabulary_does_not_have_are_noticed() -> None:
    def item(**fields: Json) -> Native:
        return Native(Ref("1"), {Field(name): value for name, value in fields.items()}, MOMENT, MOMENT)

    binding = bound()
    known = item(status={"place": "1-Doing", "completed": False}, priority="0-High", type=None, assignees=["m1"])
    assert binding.unknown(known) == frozenset()
    fresh = item(status={"place": "new", "completed": False}, priority="9", type="8", assignees=["m1", "m2"])
    assert binding.unknown(fresh) == {"new", "9", "8", "m2"}


def test_labels_are_made_or_not_as_the_mapping_says() -> None:
    assert bound().lenses[Field.LABELS].put(["new"], []) == Shown(["new"])
    kept = bound(changes={"labels": {"create": False}}).lenses[Field.LABELS].put(["ux", "new"], [])
    assert isinstance(kept, Shown)
    assert kept.native == ["ux"]
