"""Asana's envelopes: `{"data": …, "options": …}` coming in, and errors going out."""

import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request

from pmsync_asana.sandbox.calls import Upload
from pmsync_asana.sandbox.limits import Limited
from pmsync_asana.sandbox.problems import Problem, bad

_ALLOWED = ("data", "options")


def unwrap(request: Request) -> tuple[dict[str, Any], dict[str, Any], Upload | None]:
    """The data, the options and the file of a request's body. Raises `Problem` 400."""
    if request.method in ("GET", "DELETE", "HEAD"):
        return {}, {}, None
    kind = request.mimetype
    if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        return _form(request)
    raw = request.get_data()
    if not raw.strip():
        return {}, {}, None
    try:
        body = json.loads(raw)
    except ValueError:
        raise bad("Could not parse request data, invalid JSON") from None
    if not isinstance(body, dict):
        raise bad("The request body must be a JSON object")
    for name in body:
        if name not in _ALLOWED:
            allowed = ", ".join(_ALLOWED)
            raise bad(f"Unrecognized request field {name} . The only allowed keys at the top level are: {allowed}.")
    data, options = body.get("data") or {}, body.get("options") or {}
    if not isinstance(data, dict) or not isinstance(options, dict):
        raise bad("data and options must be objects")
    return data, options, None


def _form(request: Request) -> tuple[dict[str, Any], dict[str, Any], Upload | None]:
    # A form that breaks off is no form; werkzeug would make do with what there is of it.
    if request.mimetype == "multipart/form-data" and not request.get_data(cache=True).rstrip().endswith(b"--"):
        raise bad("Could not parse request data, the form is not complete")
    values = request.form.to_dict()
    data = {name: value for name, value in values.items() if not name.startswith("opt_")}
    options = {"fields": values["opt_fields"].split(",")} if "opt_fields" in values else {}
    sent = request.files.get("file")
    if sent is None:
        return data, options, None
    with closing(sent):
        return data, options, Upload(_file_name(sent.filename or "file"), sent.read())


def _file_name(sent: str) -> str:
    """Names of other characters than ASCII's are to be sent as in addresses; as they are, they do not arrive."""
    decoded = unquote(sent)
    return decoded if sent.isascii() and not decoded.isascii() else sent.encode("ascii", "replace").decode()


def fields(query: Mapping[str, str], options: Mapping[str, Any]) -> tuple[str, ...]:
    """The fields that the caller asks for, from wherever it says so."""
    asked = query.get("opt_fields")
    if asked is not None:
        return tuple(part for part in asked.split(",") if part.strip())
    listed = options.get("fields")
    if isinstance(listed, str):
        listed = listed.split(",")
    return tuple(str(each) for each in listed) if isinstance(listed, list) else ()


def gist(problem: Problem) -> tuple[int, dict[str, Any], dict[str, str]]:
    """A refusal as an answer."""
    headers = {"Retry-After": str(problem.after)} if isinstance(problem, Limited) else {}
    return problem.status, problem.body(), headers
