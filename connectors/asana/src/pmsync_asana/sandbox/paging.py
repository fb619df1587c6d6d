"""Pages: `limit` and the opaque `offset`, which is good for a while, and for the same request only."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from pmsync_asana.sandbox.calls import Answer, Call, Shape
from pmsync_asana.sandbox.problems import STALE_PAGE, TOO_LARGE, bad
from pmsync_asana.sandbox.world import World, instant

LARGEST = 100
UNPAGED = 1000
"""More than this is refused without a limit."""
_LIFE = timedelta(hours=1)
_KEPT = 1000


class Pages:
    """Listings under way. A listing is what matched when it began, less what was trashed since."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[str, tuple[str, Sequence[Any], int, str]] = {}

    def page(self, call: Call, found: Sequence[Any]) -> Answer:
        """One page of what was found; `found` is not looked at where the call goes on with an earlier listing."""
        limit = _limit(call.query)
        query = self._fingerprint(call)
        start = 0
        if "offset" in call.query:
            known = self._open.get(call.query["offset"])
            if known is None or known[0] != query or known[3] <= self._world.now():
                raise bad(STALE_PAGE)
            _, found, start, _ = known
        if limit is None:
            if len(found) > UNPAGED:
                raise bad(TOO_LARGE)
            return Answer(list(found), Shape.COMPACT)
        some = [each for each in found[start : start + limit] if not getattr(each, "trashed", False)]
        end = start + limit
        following = self._next(call, query, found, end) if end < len(found) else None
        return Answer(some, Shape.COMPACT, extra={"next_page": following})

    def going_on(self, call: Call) -> bool:
        """Whether the call asks for a later page."""
        return "offset" in call.query

    def _next(self, call: Call, query: str, found: Sequence[Any], end: int) -> dict[str, str]:
        while len(self._open) >= _KEPT:
            del self._open[next(iter(self._open))]
        offset = f"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(24)}"
        self._open[offset] = (query, found, end, instant(self._world.clock() + _LIFE))
        path = f"{call.path}?{urlencode({**call.query, 'offset': offset})}"
        return {"offset": offset, "path": path, "uri": f"{call.base}{path}"}

    def expire(self) -> None:
        """Let every offset go stale."""
        self._open.clear()

    @staticmethod
    def _fingerprint(call: Call) -> str:
        rest = {name: value for name, value in call.query.items() if name not in ("offset", "limit", "opt_fields")}
        return f"{call.user.gid} {call.path}?{urlencode(sorted(rest.items()))}"


def _limit(query: Mapping[str, str]) -> int | None:
    text = query.get("limit")
    if text is None:
        return None
    if not text.isdigit() or not 1 <= int(text) <= LARGEST:
        raise bad(f"limit: Must be a number between 1 and {LARGEST}")
    return int(text)
