"""Titles and descriptions."""

from dataclasses import dataclass

import pytest

from pmsync.mapping import Refusal, Shown, Unmapped
from pmsync.mapping.descriptions import DescriptionLens
from pmsync.mapping.titles import TitleLens, cut, one_line
from pmsync.model.fields import Json
from pmsync.text.dialect import Read, Written

LONG = "Move the billing service to the new cluster before the old one is switched off in May"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("nul\x00 bell\x07 escape\x1b[31m", "nul bell escape [31m"),
        ("  wide\u00a0\u2003 blanks \u2028", "wide blanks"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("שלום \u200fעולם 👩‍💻 [/b] =1+1", "שלום \u200fעולם 👩‍💻 [/b] =1+1"),
        ("\n\x00 ", ""),
    ],
)
def test_a_title_is_one_line_of_what_was_typed(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("line", "limit", "shown"),
    [
        ("abc", 3, "abc"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one tw…"),
        ("a" * 300, 255, "a" * 254 + "…"),
        ("ab e\u0301e\u0301", 5, "ab…"),
        ("abcd👩‍💻x", 6, "abcd…"),
        ("abc", 1, "…"),
    ],
)
def test_a_long_title_is_cut_at_a_word_and_never_inside_a_character(line: str, limit: int, shown: str) -> None:
    assert cut(line, limit) == shown


def test_a_cut_title_says_so_and_is_stable() -> None:
    lens = TitleLens(40)
    put = lens.put(LONG, None)
    assert put == Shown(
        "Move the billing service to the new…",
        "the title has 85 characters and is shown cut: the tool has room for 40",
    )
    assert lens.get(put.native, LONG) == LONG
    assert lens.put(LONG, put.native) == put


@pytest.mark.parametrize(
    ("edited", "whole"),
    [
        ("Move the payment service to the new…", LONG.replace("billing", "payment")),
        ("Do: Move the billing service to the new…", f"Do: {LONG}"),
        ("Move the service to the new…", LONG.replace("billing ", "")),
        ("Move the billing service to the fresh…", LONG.replace("new", "fresh")),
    ],
)
def test_an_edit_of_a_cut_title_is_an_edit_of_the_whole(edited: str, whole: str) -> None:
    lens = TitleLens(40)
    assert lens.get(edited, LONG) == whole
    assert lens.put(whole, edited).native == edited  # type: ignore[union-attr]


@pytest.mark.parametrize("title", ["Something else", "Something quite different, you see…", "Move the billing service"])
def test_a_title_without_its_dots_or_of_other_words_is_a_new_title(title: str) -> None:
    assert TitleLens(40).get(title, LONG) == title


def test_a_short_title_may_end_in_dots_on_purpose() -> None:
    lens = TitleLens(255)
    assert lens.get("Move the billing…", "Move the billing service") == "Move the billing…"
    assert lens.put("Move the billing service", "Move the billing…") == Shown("Move the billing service")


def test_blanks_that_the_tool_keeps_are_no_difference() -> None:
    lens = TitleLens(255)
    assert lens.get("a\n b", "a b") == "a b"
    assert lens.put("a b", "a\n b") == Shown("a\n b")


@dataclass(frozen=True)
class Angled:
    """A dialect that writes `<text>`, has a dash for a `*`, and understands no document with `%` in it."""

    handles = False

    def read(self, document: Json) -> Read:
        text = str(document or "<>")[1:-1]
        return Read(text.rstrip(), "a riddle" if "%" in text else "")

    def write(self, markdown: str, document: Json = None) -> Written:
        return Written(f"<{markdown.replace('*', '-')}>", "emphasis" if "*" in markdown else "")

    def canonical(self, document: Json) -> Json:
        return document


def test_a_description_that_shows_it_already_is_left_as_it_is() -> None:
    lens = DescriptionLens(Angled(), 100)
    assert lens.put("text", "<text   >") == Shown("<text   >")
    assert lens.put("", None) == Shown(None)
    assert lens.put("new", "<text>") == Shown("<new>")
    assert lens.get("<text>", None) == "text"


def test_a_description_that_is_not_understood_neither_travels_nor_is_overwritten() -> None:
    lens = DescriptionLens(Angled(), 100)
    reason = "the description holds a riddle: it is left as it is"
    assert lens.get("<hi %>", "hi") == Unmapped(reason)
    assert lens.put("other", "<hi %>") == Refusal(reason, opaque=True)


def test_what_the_tool_has_no_form_for_is_shown_as_the_nearest_and_told() -> None:
    lens = DescriptionLens(Angled(), 100)
    note = "the description is shown as well as the tool can: it has no emphasis"
    assert lens.put("*so* it is", "<text>") == Shown("<-so- it is>", note)
    assert lens.put("*so* it is", None) == Shown("<-so- it is>", note)
    assert lens.put("*so* it is", "<-so- it is>") == Shown("<-so- it is>", note)
    assert lens.get("<-so- it is>", "*so* it is") == "*so* it is", "what shows all that the tool can is no edit"


def test_an_edit_of_what_the_tool_shows_is_made_in_the_text_and_takes_nothing_else_from_it() -> None:
    lens = DescriptionLens(Angled(), 1000)
    text = "*so* it is\n\nand *that* is all of it, my friend\n\nthe end"
    shown = "<-so- it is\n\nand -that- is all of it, my dear friend\n\nthe very end>"
    edited = "*so* it is\n\nand *that* is all of it, my dear friend\n\nthe very end"
    assert lens.get(shown, text) == edited
    assert lens.put(edited, shown) == Shown(
        shown, "the description is shown as well as the tool can: it has no emphasis"
    )
    assert lens.get("<something else>", text) == "something else"


@pytest.mark.parametrize("text", ["line\n" * 100, "word " * 100, "```\n" + "code\n" * 100 + "```", "x" * 500])
def test_a_description_without_room_is_refused_and_a_new_item_gets_the_beginning(text: str) -> None:
    put = DescriptionLens(Angled(), 100).put(text, None)
    assert isinstance(put, Refusal)
    assert put.opaque
    assert put.reason == f"the description takes {len(text) + 2} characters, the tool has room for 100"
    assert isinstance(put.nearest, str)
    assert 20 < len(put.nearest) <= 100
    assert put.nearest.count("```") % 2 == 0


def test_documents_that_are_not_text_count_as_their_json() -> None:
    class Nested(Angled):
        def write(self, markdown: str, document: Json = None) -> Written:
            return Written({"type": "doc", "text": markdown})

    lens = DescriptionLens(Nested(), 50)
    assert isinstance(lens.put("x" * 26, None), Shown)
    assert isinstance(lens.put("x" * 27, None), Refusal)
