"""Durations, limits, policies, fields and addresses as a config writes them, read into values."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pmsync.connector.hosts import loopback
from pmsync.model.fields import Field
from pmsync.reconcile.guard import Limit
from pmsync.reconcile.policy import Rule

DURATION = r"^(\d{1,6}(s|m|h|d))+$"
CUSTOM_FIELD = r"^custom:.*\S"
LIMIT = r"^\d{1,9}$|^\d{1,3}%$"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Preference:
    """How conflicts of a field are settled. `prefer` names a connection or a role, and then `rule` is `owner`."""

    rule: Rule
    prefer: str = ""


def duration(value: object) -> float:
    """Seconds, from `90s`, `5m`, `24h`, `1d` or several together (`1h30m`). Raises ValueError."""
    if isinstance(value, str) and re.fullmatch(DURATION, value):
        return float(sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)(\D)", value)))
    raise ValueError("must be a duration with its unit, such as 90s, 5m, 24h or 1d")


def limit(value: object) -> Limit:
    """A number, or a percentage of the items that there are (`50%`). Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return Limit(value)
    if isinstance(value, str) and re.fullmatch(LIMIT, value):
        number = int(value.rstrip("%"))
        if not value.endswith("%"):
            return Limit(number)
        if number <= 100:
            return Limit(number, percent=True)
    raise ValueError("must be a number such as 5, or a percentage from 0% to 100%")


def hook_url(value: str) -> str:
    """An address to post to: HTTPS, or plain HTTP to this machine. Raises ValueError, without a word of it."""
    try:
        parts = urlsplit(value)
        host, odd = parts.hostname, bool(parts.username or parts.password or parts.fragment or parts.port == 0)
    except ValueError:
        host, odd, parts = None, True, urlsplit("")
    if not host or odd or not re.fullmatch(r"[!-~]+", value):
        raise ValueError("must be an address such as https://hooks.acme.io/…, with no user name or fragment in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback(host)):
        raise ValueError("must begin with https:// (http:// only to this machine)")
    return value


def mail_address(value: str) -> str:
    """An address of mail, by itself. Raises ValueError."""
    if re.fullmatch(r"[!#-'*+\-/-9=?A-Z^-~.]+@[A-Za-z0-9.\-\[\]:]+", value):
        return value
    raise ValueError("must be an address such as ops@acme.io, without a name around it")


def item_field(value: object) -> Field:
    """A standard field, or `custom:` and the name of a custom field. Raises ValueError."""
    try:
        return Field(str(value))
    except ValueError:
        known = ", ".join(f"'{name}'" for name in Field.standard())
        raise ValueError(f"must be {known}, or custom:NAME for a custom field of a mapping") from None


def preference(value: object) -> Preference:
    """`owner`, `newest`, `merge`, `manual`, `prefer: NAME` as a mapping or as one text. Raises ValueError."""
    if isinstance(value, str):
        if value in set(Rule):
            return Preference(Rule(value))
        word, colon, name = value.partition(":")
        if word.strip() == "prefer" and colon and name.strip():
            return Preference(Rule.OWNER, name.strip())
    if isinstance(value, dict) and set(value) == {"prefer"} and isinstance(value["prefer"], str) and value["prefer"]:
        return Preference(Rule.OWNER, value["prefer"])
    raise ValueError("must be owner, newest, merge, manual, or {prefer: a connection or a role}")
