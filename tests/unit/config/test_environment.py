"""Variables in values."""

import pytest

from pmsync.config.environment import fill
from pmsync.errors import Problem
from pmsync.model.fields import Json

ENVIRON = {"NAME": "ada", "EMPTY": "", "ODD": "${NAME}"}


def place(path: tuple[str, ...], message: str) -> Problem:
    return Problem("f", 1, ".".join(path), message)


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("${NAME}", "ada"),
        ("<${NAME}-${NAME}>", "<ada-ada>"),
        ("${EMPTY}", ""),
        ("${EMPTY:-other}", "other"),
        ("${NONE:-}", ""),
        ("${NONE:-a:-b}", "a:-b"),
        ("$${NAME}", "${NAME}"),
        ("$NAME $5", "$NAME $5"),
        ("${ODD}", "${NAME}"),
        (["${NAME}", {"k": "${NAME}"}], ["ada", {"k": "ada"}]),
        ({"${NAME}": 1}, {"${NAME}": 1}),
        (5, 5),
    ],
)
def test_values_are_filled_in_once_and_keys_never(value: Json, filled: Json) -> None:
    filling = fill(value, ENVIRON, place)
    assert filling.data == filled
    assert not filling.problems


@pytest.mark.parametrize("value", ["${NONE}", "${", "${1A}", "${A B}", "${NAME"])
def test_what_cannot_be_filled_in_is_a_problem_at_its_key(value: str) -> None:
    filling = fill({"a": [value]}, ENVIRON, place)
    assert [problem.key for problem in filling.problems] == ["a.0"]
