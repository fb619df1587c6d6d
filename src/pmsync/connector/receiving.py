"""What receivers of webhooks share: signatures compared in constant time, and bodies read that may hold anything."""

import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping


def signed(given: str, secrets: Iterable[str], sign: Callable[[bytes], str]) -> bool:
    """Whether `given` is what `sign` makes of one of the secrets. All are tried, whichever fits; an empty one never."""
    told = given.encode("utf-8", "replace")
    fits = False
    for secret in secrets:
        if secret:
            wanted = sign(secret.encode("utf-8", "surrogatepass"))
            fits |= hmac.compare_digest(told, wanted.encode())
    return fits


def parsed(body: bytes) -> Mapping[str, object] | None:
    """The JSON object that a body is; None if it is none, be it cut off, in another charset or nested without end."""
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def within(document: object, *path: str) -> object:
    """What is at a path in a document; None where there is no such place."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def formed(value: object, form: re.Pattern[str]) -> str:
    """`value`, if it is text and all of it is of that form; else ""."""
    return value if isinstance(value, str) and form.fullmatch(value) else ""
