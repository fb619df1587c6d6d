"""The JSON Schema of the config agrees with what is loaded."""

from pathlib import Path

import jsonschema  # type: ignore[import-untyped]

from pmsync.config import schema, source
from pmsync.config.document import Document
from pmsync.model.fields import Json

ROOT = Path(__file__).parents[3]


def errors(data: Json) -> list[str]:
    return [error.json_path for error in jsonschema.Draft202012Validator(schema()).iter_errors(data)]


def test_it_is_a_schema_of_its_draft_and_describes_every_setting() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    told = schema()["properties"]
    assert isinstance(told, dict)
    assert set(told) == set(Document.model_fields)
    assert all(isinstance(setting, dict) and setting.get("description") for setting in told.values())


def test_the_example_is_valid_and_mistakes_are_not() -> None:
    example = source.read(ROOT / "config.example.yaml").data
    assert isinstance(example, dict)
    assert errors(example) == []
    assert errors({**example, "colour": "red"}) == ["$"]
    assert errors({**example, "version": 2}) == ["$.version"]
    assert errors({**example, "polling": {"every": "soon"}}) == ["$.polling.every"]
