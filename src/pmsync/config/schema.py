"""The JSON Schema of the config, for editors: `pmsync schema`."""

from pmsync.config.document import Document
from pmsync.model.fields import Json

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Json]:
    """The schema, generated from what `load` checks. A variable is written as a text wherever the schema allows one."""
    generated: dict[str, Json] = Document.model_json_schema(mode="validation")
    return {"$schema": DIALECT, **generated, "title": "pmsync config"}
