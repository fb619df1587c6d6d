"""What docs/mappings.md shows is what pmsync does."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from pmsync.config import source
from pmsync.config.shelf import understand
from pmsync.errors import ConfigError
from pmsync.mapping import Mapping

TEXT = (Path(__file__).parents[3] / "docs" / "mappings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def test_the_first_example_is_a_mapping_that_keeps_the_laws() -> None:
    assert understand(source.parse(BLOCKS[0], "docs/mappings.md")).connector == "asana"


def test_the_lawless_example_is_refused_in_the_words_shown() -> None:
    lawless = next(block for block in BLOCKS if "DONE: {" in block)
    with pytest.raises(ConfigError) as caught:
        understand(source.parse(f"connector: asana\n{lawless}", "mappings/ours.yaml"))
    assert str(caught.value) in " ".join(TEXT.split())


def test_every_key_is_in_the_table() -> None:
    named = {field.name for field in fields(Mapping)} - {"create_labels", "nested", "in_text"} | {
        "labels",
        "checklists",
        "subtasks",
    }
    assert named == set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
