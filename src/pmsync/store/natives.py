"""A native as JSON and back, for the candidates that the state keeps whole."""

from datetime import datetime
from typing import Any

from pmsync.model.fields import Json, by_field
from pmsync.model.native import Marker, Native, Ref


def native_to_json(native: Native) -> dict[str, Json]:
    """Everything that `native` says, as JSON."""
    return {
        "ref": [native.ref.id, native.ref.key, native.ref.url],
        "fields": {name.value: value for name, value in native.fields.items()},
        "created_at": native.created_at.isoformat(),
        "updated_at": native.updated_at.isoformat(),
        "creator": native.creator,
        "marker": [native.marker.item, native.marker.twin] if native.marker else None,
        "archived": native.archived,
        "admitted": native.admitted,
        "links": list(native.links),
    }


def native_from_json(data: dict[str, Any]) -> Native:
    """What `native_to_json` wrote."""
    marker = data["marker"]
    return Native(
        ref=Ref(*data["ref"]),
        fields=by_field(data["fields"]),
        created_at=datetime.fromisoformat(data["created_at"]),
        updated_at=datetime.fromisoformat(data["updated_at"]),
        creator=data["creator"],
        marker=Marker(*marker) if marker else None,
        archived=data["archived"],
        admitted=data["admitted"],
        links=tuple(data["links"]),
    )
