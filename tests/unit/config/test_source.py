"""YAML as data with lines: what is accepted, what is refused, and how quickly."""

import time
from pathlib import Path

import pytest

from pmsync.config import source
from pmsync.model.fields import Json


def problems(text: str) -> list[str]:
    """What is wrong with a text."""
    return [str(problem) for problem in source.parse(text, "f.yaml").problems]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("a: no\nb: on\nc: yes", {"a": "no", "b": "on", "c": "yes"}),
        ("a: true\nb: False\nc: ~\nd:", {"a": True, "b": False, "c": None, "d": None}),
        ("a: 12\nb: -3\nc: 1.5", {"a": 12, "b": -3, "c": 1.5}),
        ("d: 007\ne: 12:30\nf: 1e3", {"d": "007", "e": "12:30", "f": "1e3"}),
        ("a: '12'\nb: \"true\"\nc: |\n  x\n", {"a": "12", "b": "true", "c": "x\n"}),
        ("a: 2026-05-11", {"a": "2026-05-11"}),
        ("1: a\ntrue: b", {"1": "a", "true": "b"}),
        ("a: [x, {y: 1}]", {"a": ["x", {"y": 1}]}),
        ("a: &b {c: 1}\nd: *b", {"a": {"c": 1}, "d": {"c": 1}}),
        ("a: 99999999999999999999999", {"a": "99999999999999999999999"}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)  # fmt: skip
def test_texts_stay_texts_and_numbers_numbers(text: str, data: Json) -> None:
    read = source.parse(text.removeprefix("\ufeff"), "f.yaml")
    assert read.data == data
    assert not read.problems


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3", "f.yaml:3: a: given twice, first on line 1"),
        ("x:\n  a: 1\n  a: 2", "f.yaml:3: x.a: given twice, first on line 2"),
        ("a: [1, 2", "f.yaml:1: is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: 1\n\tb: 2", "f.yaml:2: is not YAML: found character '\\t' that cannot start any token"),
        ("? [a]\n: b", "f.yaml:1: a key must be a text"),
        ("a: !!python/object:os.system x", "f.yaml:1: a: YAML tags (`!…`) mean nothing here"),
        ("a: &x [*x]", "f.yaml:1: an alias stands for something that it is itself a part of"),
        ("a: 1\n---\nb: 2", "f.yaml:2: is not YAML: but found another document"),
        ("a: \x00", "f.yaml:1: has a character that YAML does not allow"),
    ],
)
def test_a_problem_of_form_is_named_with_its_line(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def test_a_secret_that_breaks_the_syntax_is_not_repeated() -> None:
    assert "hunter2" not in "".join(problems("token: *hunter2"))


def test_an_alias_bomb_is_refused_at_once() -> None:
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    begun = time.thread_time()
    found = problems("\n".join(["a0: &a0 [x]", *levels]))
    assert time.thread_time() - begun < 2
    assert "says more than 20,000 things" in found[0]


def test_depth_without_end_is_refused_at_once() -> None:
    assert "is nested too deeply" in problems("[" * 5000)[0]


@pytest.mark.parametrize(
    ("raw", "said"), [(b"a: \xff", "is not UTF-8"), (b"a" * 1_000_001, "more than 1,000,000 bytes")]
)
def test_files_that_cannot_be_text_of_ours_are_refused(tmp_path: Path, raw: bytes, said: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(raw)
    assert said in str(source.read(path).problems[0])


def test_a_file_that_is_not_there_is_a_problem_like_any_other(tmp_path: Path) -> None:
    assert "cannot be read" in str(source.read(tmp_path / "none.yaml").problems[0])
    assert "cannot be read" in str(source.read(tmp_path).problems[0])


def test_a_problem_at_a_key_that_is_missing_is_placed_at_the_section() -> None:
    read = source.parse("a:\n  b:\n    c: 1\n", "f.yaml")
    assert str(read.problem(("a", "b", "d"), "missing")) == "f.yaml:2: a.b.d: missing"
    assert str(read.within(("a",)).problem(("b", "c"), "wrong")) == "f.yaml:3: a.b.c: wrong"
