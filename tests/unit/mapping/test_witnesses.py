"""What is said of a mapping that breaks a law, of people who cannot be told apart, and of what stays as it is."""

from zoneinfo import ZoneInfo

import pytest

from pmsync.mapping.bind import fingerprint
from pmsync.mapping.dates import DateLens
from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.laws import Witness, break_of, broken
from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.mapping.parse import Flaw, parse
from pmsync.mapping.people import match
from pmsync.mapping.spec import Mapping, Other, Place, union_statuses
from pmsync.mapping.status import status_lens
from pmsync.mapping.terms import term_lens
from pmsync.mapping.titles import TitleLens, cut, one_line
from pmsync.mapping.values import NumberLens
from pmsync.model.capabilities import DateKind
from pmsync.model.fields import Field, Json, StatusCategory
from pmsync.model.finding import Finding
from pmsync.model.vocabulary import Member, Term
from pmsync.text.dialect import Read, Written

TODO, DONE = StatusCategory.TODO, StatusCategory.DONE


class Odd:
    """A lens as told: what each native reads as, and what is written for a value where a native is shown."""

    def __init__(self, reads: dict[str, str], writes: dict[tuple[str, str], str]) -> None:
        self._reads, self._writes = reads, writes

    def get(self, native: Json, current: Json) -> Json | Unmapped:
        """As told."""
        return self._reads.get(str(native), Unmapped())

    def put(self, value: Json, native: Json) -> Shown | Refusal:
        """As told, else what is there."""
        written = self._writes.get((str(value), str(native)), str(native))
        return Refusal("never") if written == "!" else Shown(written)


NATIVES: list[tuple[str, Json]] = [("Column A", "a"), ("Column B", "b"), ("Column C", "c")]


def witness(reads: dict[str, str], writes: dict[tuple[str, str], str], *values: str) -> Witness | None:
    """The first pair that breaks a law."""
    return break_of(Field.STATUS, Odd(reads, writes), NATIVES, [*values])


def test_a_value_that_comes_back_as_another_is_told_with_both_places() -> None:
    assert witness({"a": "x", "b": "z"}, {("y", "a"): "b"}, "x", "y") == Witness(
        Field.STATUS,
        "PutGet",
        "Column A",
        "y",
        "'y' put where 'Column A' is shown becomes 'Column B', which reads as 'z'",
    )


def test_a_value_put_where_nothing_is_mapped_is_told_so() -> None:
    found = witness({"a": "x"}, {("y", "a"): "c"}, "y")
    assert found is not None
    assert found.message.endswith("becomes 'Column C', which reads as nothing")
    stray = witness({"a": "x", "elsewhere": "z"}, {("y", "a"): "elsewhere"}, "y")
    assert stray is not None
    assert "becomes 'elsewhere'" in stray.message


@pytest.mark.parametrize("again", ["c", "!"])
def test_a_place_that_is_written_anew_though_it_shows_the_value_is_told(again: str) -> None:
    writes = {("y", "a"): "b", ("y", "b"): again}
    assert witness({"a": "x", "b": "y"}, writes, "y") == Witness(
        Field.STATUS, "GetPut", "Column B", "y", "'Column B' shows 'y', and yet is written anew"
    )


@pytest.mark.parametrize("again", ["b", "!"])
def test_a_place_that_is_written_anew_to_show_what_it_reads_as_is_told(again: str) -> None:
    writes = {("y", "a"): "b", ("x", "a"): again}
    assert witness({"a": "x", "b": "y"}, writes, "y") == Witness(
        Field.STATUS, "GetPut", "Column A", "x", "'Column A' reads as 'x', and yet is written anew to show it"
    )


def test_what_is_refused_or_not_mapped_breaks_no_law() -> None:
    assert witness({"a": "x"}, {("y", "a"): "!"}, "x", "y") is None
    assert witness({}, {("y", "a"): "b"}, "y") is None


def test_a_mapping_that_keeps_the_laws_has_no_witness() -> None:
    statuses = {"Open": Place(("To Do",), TODO), "Shut": Place(("Done",), DONE)}
    assert broken(Mapping("x", statuses, priorities={"High": ("HIGH",)}, types={"Bug": ("BUG",)})) is None


@pytest.mark.parametrize(("native", "value"), [(2, 2.0), (2.0, 2.0), (5.5, 5.5)])
def test_an_estimate_that_says_the_same_is_left_as_the_tool_has_it(native: Json, value: Json) -> None:
    shown = NumberLens().put(value, native)
    assert isinstance(shown, Shown)
    assert shown.native is native


@pytest.mark.parametrize(("native", "value", "put"), [(3, 2.0, 2.0), (None, 2, 2.0), (3, None, None)])
def test_an_estimate_that_differs_is_written_as_the_number(native: Json, value: Json, put: Json) -> None:
    assert repr(NumberLens().put(value, native)) == repr(Shown(put))


def test_an_unmapped_place_is_refused_in_the_words_that_it_is_told_in() -> None:
    spec = Mapping("x", {"Open": Place(("To Do",), TODO)})
    lens = status_lens(spec, [Term(id="1", name="Open"), Term(id="2", name="Ideas")], flagged=False)
    reason = "place 'Ideas' is not in the mapping"
    assert lens.get({"place": "2"}, None) == Unmapped(reason)
    assert lens.put("To Do", {"place": "2"}) == Refusal(reason)
    assert lens.put("To Do", {"place": "gone"}) == Refusal("place 'gone' is not in the mapping")
    assert lens.put("Done", None) == Refusal("no place here shows 'Done'")
    assert lens.put(None, {"place": "1"}) == Refusal("an item has to have a status")
    quiet = status_lens(Mapping("x", spec.statuses, other=Other.IGNORE), [Term(id="2", name="Ideas")], flagged=False)
    assert quiet.get({"place": "2"}, None) == Unmapped()
    assert quiet.get({"place": 7}, None) == Unmapped()


REMEDY = "name them in the config under `people`"


def test_a_person_of_the_config_who_is_nobody_or_several_is_told_with_what_to_do() -> None:
    members = {"here": [Member(id="1", name="Ada"), Member(id="2", name="Ada")], "there": [Member(id="3", name="Bo")]}
    found = match({"ada": {"here": "Ada", "there": "Zoe"}, "bo": {"there": "Bo"}, "ob": {"there": "3"}}, members)
    assert list(found.findings)[:3] == [
        Finding("warning", "people.ada.here: 2 members are 'Ada' in here", "use the member's id"),
        Finding("warning", "people.ada.there: nobody is 'Zoe' in there",
                "use an id, user name, e-mail or full name that is there"),
        Finding("error", "people.ob.there: Bo in there is bo already", "let every member stand for one person"),
    ]  # fmt: skip


def test_people_who_share_a_name_in_one_tool_are_told_and_those_of_a_single_tool_are_not() -> None:
    doubled = match({}, {"here": [Member(id="1", name="Ada"), Member(id="2", name="Ada")],
                         "there": [Member(id="3", name="Ada")]})  # fmt: skip
    assert doubled.findings[0] == Finding(
        "warning", "cannot tell who is who: Ada in here, Ada in here, Ada in there share the name Ada", REMEDY
    )
    alone = match({}, {"here": [Member(id="1", name="Ada")], "there": []})
    assert alone.findings == (
        Finding("info", "Ada in here is in none of the other tools", f"if that is not so, {REMEDY}"),
    )
    assert not match({}, {"here": [Member(id="1", name="Ada")]}).findings


def test_people_alone_go_by_their_e_mail_else_their_name_else_their_place() -> None:
    members = [
        Member(id="1", name="Ada", email="A@x"), Member(id="2", name="Bo"), Member(id="3", name="Cy"),
        Member(id="4", name="Cy"), Member(id="5", name="", email="same@x"), Member(id="6", name="", email="same@x"),
    ]  # fmt: skip
    people = match({}, {"here": members})
    assert [people.person("here", str(number)) for number in range(1, 7)] == [
        "a@x", "Bo", "here:3", "here:4", "here:5", "here:6",
    ]  # fmt: skip
    assert people.on("here").name("a@x") == "Ada"
    assert people.on("here").name("nobody") == "nobody"


def test_flaws_of_a_list_say_which_entry() -> None:
    document: Json = {"connector": "x", "statuses": {"Open": {"status": ["To Do", 7], "category": "TODO"}}}
    assert parse(document) == (Flaw(("statuses", "Open", "status", "1"), "must be a text: put it in quotes"),)
    assert parse({"connector": " "}) == (Flaw(("connector",), "must be a text"),)


def test_a_fingerprint_stays_the_same_from_release_to_release_or_everybody_has_to_accept_a_plan() -> None:
    spec = Mapping("x", {"Open": Place(("To Do",), TODO, completed=True)}, "To Do", Other.IGNORE, {"High": ("HIGH",)})
    assert fingerprint(spec, {"ada": {"here": "1"}}, "UTC") == (
        "2e0e52553f007ae61fbc916ab076b956b5bf4b31980c7fd38602a05ac25244d8"
    )


@pytest.mark.parametrize(
    ("line", "limit", "shown"),
    [
        ("four five", 9, "four five"),
        ("four five!", 9, "four fiv…"),
        ("three five!", 9, "three…"),
        ("onewordonly", 6, "onewo…"),
        ("a bcdefghij", 6, "a bcd…"),
        ("abcdef", 1, "…"),
        ("abcdef", 0, ""),
        ("thumb\U0001f44d\U0001f3fb up", 7, "thumb…"),
        ("thumb\U0001f44d\U0001f3ff up", 7, "thumb…"),
    ],
)
def test_a_title_is_cut_between_words_and_never_within_a_character(line: str, limit: int, shown: str) -> None:
    assert cut(line, limit) == shown


def test_an_empty_title_is_created_as_untitled_and_no_text_is_no_title() -> None:
    assert TitleLens(80).put(" ", None) == Refusal("the title is empty", nearest="(untitled)")
    assert TitleLens(80).get(7, None) == Unmapped("the title is not a text")
    assert TitleLens(80).put(7, None) == Refusal("the title is not a text")


class Lines:
    """A dialect whose documents are Markdown; it remembers what it was asked to replace."""

    handles = False

    def __init__(self) -> None:
        self.replaced: list[Json] = []

    def read(self, document: Json) -> Read:
        """Itself."""
        return Read(str(document or ""))

    def write(self, markdown: str, document: Json = None) -> Written:
        """Itself."""
        self.replaced.append(document)
        return Written(markdown)

    def canonical(self, document: Json) -> Json:
        """Itself."""
        return document


def created(text: str, limit: int) -> Json:
    """What an item is created with whose description is too long."""
    shown = DescriptionLens(Lines(), limit).put(text, None)
    assert isinstance(shown, Refusal)
    assert shown.opaque
    return shown.nearest


def test_a_description_that_is_too_long_is_created_up_to_its_last_line_that_fits() -> None:
    text = "\n".join(f"line {number}" for number in range(1, 8))
    assert [created(text, limit) for limit in (9, 15, 16, 30)] == [
        "line 1\n\n…", "line 1\n\n…", "line 1\nline 2\n\n…", "line 1\nline 2\nline 3\nline 4\n\n…",
    ]  # fmt: skip
    assert created("a" * 40, 20) == "a" * 10 + "…"


def test_a_code_block_that_is_cut_is_closed() -> None:
    text = "```\none\ntwo\nthree\nfour\n```"
    assert created(text, 20) == "```\none\ntwo\n```\n\n…"
    assert created("~~~~\n```\n~~~\none\ntwo is rather long", 22) == "~~~~\n```\n~~~\n~~~~\n\n…"


def test_a_description_is_written_over_the_one_that_is_there_and_no_text_is_none() -> None:
    dialect = Lines()
    assert DescriptionLens(dialect, 100).put("new", "old") == Shown("new")
    assert dialect.replaced == ["old"]
    assert DescriptionLens(dialect, 100).put(7, "old") == Refusal("the description is not a text", opaque=True)


def test_a_refusal_does_not_end_the_search_for_a_pair_that_breaks_a_law() -> None:
    found = witness({"a": "x", "b": "z"}, {("w", "a"): "!", ("y", "a"): "b"}, "w", "y")
    assert found is not None
    assert found.value == "y"


def test_statuses_that_meet_are_in_the_order_of_their_categories_and_take_the_category_of_their_own_place() -> None:
    one = Mapping("x", {"Shut": Place(("Done", "Cancelled"), DONE), "Open": Place(("To Do", "Later"), TODO)})
    other = Mapping("y", {"Off": Place(("Cancelled",), StatusCategory.CANCELLED)})
    assert list(union_statuses([one, other]).items()) == [
        ("To Do", TODO), ("Later", TODO), ("Done", DONE), ("Cancelled", StatusCategory.CANCELLED),
    ]  # fmt: skip


@pytest.mark.parametrize("blank", ["\n", "\t", "\x00", "\u2028", "\u2029", "\u00a0", "\x85"])
def test_whatever_breaks_a_line_is_a_blank_in_a_title(blank: str) -> None:
    assert one_line(f"Pay{blank}by card{blank}") == "Pay by card"


def test_what_no_encoding_can_carry_is_replaced_in_a_title() -> None:
    assert one_line("Pay\ud800") == "Pay\N{REPLACEMENT CHARACTER}"


def test_milliseconds_are_kept() -> None:
    lens = DateLens(DateKind.BOTH, ZoneInfo("UTC"))
    assert lens.put("2026-05-11T10:00:00.999Z", None) == Shown("2026-05-11T10:00:00.999Z")
    assert lens.put("2026-05-11T10:00:00.001999Z", None) == Shown("2026-05-11T10:00:00.001Z")


def test_a_priority_is_told_by_the_name_that_the_tool_has_for_it() -> None:
    terms = [Term(id="1", name="Major"), Term(id="2", name="Odd")]
    lens = term_lens(Field.PRIORITY, {"Major": ("HIGH", "URGENT")}, terms)
    assert lens.put("URGENT", None) == Shown("1", "priority URGENT is shown as 'Major', the nearest here")
    assert lens.put("HIGH", None) == Shown("1")
    assert lens.put("LOW", None) == Refusal("no priority here shows LOW")
    assert lens.get("2", None) == Unmapped("priority 'Odd' is not in the mapping")
    assert lens.get("gone", None) == Unmapped("priority 'gone' is not in the mapping")
    assert lens.put("HIGH", "2") == Refusal("priority 'Odd' is not in the mapping")
    assert lens.put("NONE", "1") == Shown(None)


def test_a_name_is_bound_exactly_before_it_is_bound_whatever_its_case() -> None:
    terms = [Term(id="1", name="high"), Term(id="2", name="High")]
    lens = term_lens(Field.PRIORITY, {"HIGH": ("LOW",), "High": ("HIGH",)}, terms)
    assert lens.get("2", None) == "HIGH"
    assert lens.get("1", None) == "LOW"


def test_members_without_a_name_are_told_by_their_user_name_else_by_their_id() -> None:
    here = [Member(id="1", name="", username="ada"), Member(id="2", name=""), Member(id="3", name="Cy")]
    found = match({"cy": {"here": "3"}}, {"here": here, "there": []})
    assert [one.message for one in found.findings] == [
        "ada in here is in none of the other tools", "2 in here is in none of the other tools",
    ]  # fmt: skip


def test_an_item_that_is_not_ticked_in_a_place_for_finished_work_is_to_do_again() -> None:
    places = {
        "Ideas": Place(("Backlog",), StatusCategory.BACKLOG), "Open": Place(("To Do",), TODO),
        "Shut": Place(("Done",), DONE, completed=True),
    }  # fmt: skip
    terms = [Term(id=name, name=name) for name in places]
    assert status_lens(Mapping("x", places), terms, flagged=True).get({"place": "Shut"}, None) == "To Do"
    del places["Open"]
    assert status_lens(Mapping("x", places), terms, flagged=True).get({"place": "Shut"}, None) == "Backlog"


def test_a_place_that_takes_no_items_is_left_for_one_that_does() -> None:
    places = {"Shut": Place(("Done",), DONE), "Open": Place(("To Do",), TODO)}
    terms = [Term(id="1", name="Shut"), Term(id="2", name="Open", open=False), Term(id="3", name="Open")]
    lens = status_lens(Mapping("x", places), terms, flagged=False)
    assert lens.put("To Do", {"place": "1"}) == Shown({"place": "3"})
    assert lens.put("To Do", {"place": "2"}) == Shown({"place": "2"})
    assert lens.name({"place": "gone"}) == "gone"
