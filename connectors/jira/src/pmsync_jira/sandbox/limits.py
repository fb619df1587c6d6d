"""Cloud's rate limits: a bucket per endpoint and method, and a window of writes per issue."""

import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pmsync_jira.sandbox.answers import Refusal
from pmsync_jira.sandbox.routing import Route

_PER_ISSUE = ((20, 2.0), (100, 30.0))
"""How many writes an issue takes in how many seconds."""
_NEAR = 0.2
MESSAGE = "Rate limit exceeded."


def headers(reason: str, retry_after: float | None, limit: int, reset: datetime) -> dict[str, str]:
    """The headers of a 429. `reset`: when the limit is whole again."""
    told = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%MZ}",
        "RateLimit-Reason": reason,
    }
    return told if retry_after is None else told | {"Retry-After": f"{retry_after:g}"}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


@dataclass(slots=True)
class Limits:
    """What has been used so far. Raises the 429 of the limit that is hit first."""

    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _writes: dict[int, deque[datetime]] = field(default_factory=dict)

    def request(self, route: Route, now: datetime) -> dict[str, str]:
        """Count a request against its endpoint's bucket; the headers to put on its answer. Raises a 429."""
        rate = route.rate
        bucket = self._buckets.setdefault((route.method, route.path), _Bucket(rate, now))
        elapsed = max(0.0, (now - bucket.at).total_seconds())
        bucket.tokens, bucket.at = min(float(rate), bucket.tokens + elapsed * rate), now
        if bucket.tokens < 1:
            wait = math.ceil((1 - bucket.tokens) / rate)
            reset = now + timedelta(seconds=wait)
            raise Refusal(429, MESSAGE, headers=headers("jira-burst-based", wait, rate, reset))
        bucket.tokens -= 1
        told = {"X-RateLimit-Limit": str(rate), "X-RateLimit-Remaining": str(int(bucket.tokens))}
        return told | ({"X-RateLimit-NearLimit": "true"} if bucket.tokens < rate * _NEAR else {})

    def write(self, issue: int, now: datetime) -> None:
        """Count a write to an issue. Raises a 429."""
        written = self._writes.setdefault(issue, deque())
        longest = _PER_ISSUE[-1][1]
        while written and (now - written[0]).total_seconds() >= longest:
            written.popleft()
        for most, span in _PER_ISSUE:
            recent = [moment for moment in written if (now - moment).total_seconds() < span]
            if len(recent) >= most:
                free = recent[len(recent) - most] + timedelta(seconds=span)
                wait = max(1, math.ceil((free - now).total_seconds()))
                raise Refusal(429, MESSAGE, headers=headers("jira-per-issue-on-write", wait, most, free))
        written.append(now)
