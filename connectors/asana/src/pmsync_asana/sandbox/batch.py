"""`POST /batch`: up to ten calls in one, each answered for itself, in order."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pmsync_asana.sandbox.calls import Answer, Call, Shape
from pmsync_asana.sandbox.problems import Problem, bad, missing

MOST = 10
_METHODS = frozenset({"get", "post", "put", "delete"})
_UNAVAILABLE = ("/batch", "/webhooks")


def actions(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The actions of a batch. Raises `Problem` where the batch as a whole is wrong."""
    found = data.get("actions")
    if found is None:
        raise missing("actions")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise bad("actions: Not a list of actions")
    if len(found) > MOST:
        raise bad(f"actions: A batch can have at most {MOST} actions")
    return found


def read_only(data: object) -> bool:
    """Whether a batch changes nothing."""
    found = data.get("actions") if isinstance(data, dict) else None
    return isinstance(found, list) and all(
        isinstance(each, dict) and str(each.get("method", "")).lower() == "get" for each in found
    )


def run(call: Call, perform: Callable[[Call], tuple[int, dict[str, Any], dict[str, str]]]) -> Answer:
    """Perform the actions. `perform` answers one call: status, body, headers; it never raises."""
    results = []
    for n, action in enumerate(actions(call.data)):
        status, body, headers = perform(_call(call, n, action))
        results.append({"status_code": status, "headers": headers, "body": body})
    return Answer(results, Shape.RAW)


def _call(batch: Call, n: int, action: dict[str, Any]) -> Call:
    path, method = action.get("relative_path"), str(action.get("method", "")).lower()
    if not isinstance(path, str) or not path.startswith("/"):
        raise bad(f"actions: [{n}]: relative_path: Not a path")
    if method not in _METHODS:
        raise bad(f"actions: [{n}]: method: Unknown method: {action.get('method')}")
    parts = urlsplit(path)
    if parts.path.startswith(_UNAVAILABLE) or (method == "post" and parts.path.endswith("/attachments")):
        raise Problem(400, f"actions: [{n}]: relative_path: Not available in a batch: {parts.path}")
    data, options = action.get("data") or {}, action.get("options") or {}
    if not isinstance(data, dict) or not isinstance(options, dict):
        raise bad(f"actions: [{n}]: data and options must be objects")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= {name: str(options[name]) for name in ("limit", "offset") if name in options}
    if method == "get":
        query |= {name: str(value) for name, value in data.items()}
        data = {}
    fields = tuple(options.get("fields") or ()) or tuple(filter(None, query.get("opt_fields", "").split(",")))
    return Call(method.upper(), parts.path, batch.user, query, data, fields, base=batch.base)
