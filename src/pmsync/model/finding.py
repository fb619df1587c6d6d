"""Something that a check noticed about a connection, a mapping or the people, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `check` noticed. `remedy` says what to do about it. An `error` keeps a sync from working."""

    severity: str  # "error" | "warning" | "info"
    message: str
    remedy: str = ""
