"""Fields: one instance for each name, standard or custom, wherever it comes from."""

import copy
import json
import pickle

import pytest

from pmsync.model.fields import Field, by_field, in_order, is_set
from pmsync.model.vocabulary import CustomField, CustomKind, Term, Vocabulary

TEAM = Field.custom("Team")


def test_there_is_one_field_for_each_name() -> None:
    assert Field("status") is Field.STATUS
    assert Field("custom:Team") is TEAM
    assert pickle.loads(pickle.dumps([Field.STATUS, TEAM])) == [Field.STATUS, TEAM]
    assert pickle.loads(pickle.dumps(TEAM)) is TEAM
    assert copy.deepcopy({TEAM: 1}) == {TEAM: 1}


def test_a_field_is_its_name() -> None:
    assert (f"{TEAM}", TEAM.value, TEAM.custom_name) == ("custom:Team", "custom:Team", "Team")
    assert (Field.DUE.value, Field.DUE.custom_name) == ("due", "")
    assert type(TEAM.value) is str
    assert json.loads(json.dumps({TEAM: Field.DUE})) == {"custom:Team": "due"}
    assert {"custom:Team": 1}[TEAM] == 1


@pytest.mark.parametrize("name", ["", "team", "Status", "custom:", "custom:  "])
def test_what_is_no_fields_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no field"):
        Field(name)
    with pytest.raises(ValueError, match="is no field"):
        by_field({"title": 1, name: 2})


def test_what_was_stored_by_name_comes_back_by_field() -> None:
    assert list(by_field({"title": 1, "custom:Never Seen Yet": 2})) == [Field.TITLE, Field.custom("Never Seen Yet")]


def test_fields_are_told_in_the_order_of_the_schema_and_custom_fields_last_by_name() -> None:
    names = {Field.custom("b"), Field.LINKS, Field.custom("a"), Field.TITLE}
    assert in_order(names) == [Field.TITLE, Field.LINKS, Field.custom("a"), Field.custom("b")]


def test_custom_fields_are_sets_by_their_values() -> None:
    assert is_set(TEAM, ["a"])
    assert not is_set(TEAM, "a")
    assert is_set(Field.LABELS, None)
    assert not is_set(Field.TITLE, ["a"])


def test_a_vocabulary_keeps_its_fields_through_json() -> None:
    team = CustomField(id="f", name="Version", kind=CustomKind.SELECT, shows=Field.RELEASE)
    names = Vocabulary(container=Term(id="1", name="x"), fields=frozenset({Field.TITLE}), custom=(team,))
    kept = json.loads(json.dumps(names.model_dump(mode="json")))
    again = Vocabulary.model_validate(kept)
    assert again == names
    assert again.custom[0].shows is Field.RELEASE
