"""Taking secrets out of what others say, in whatever form they say them back."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"

_SHORTEST: Final = 8
"""In base64 only secrets of at least so many bytes are looked for: of shorter ones too little would be left to tell."""


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` without these secrets: as they are, as a URL has them, and in base64, be it as a part of a whole."""
    for form in _ordered(tuple(secrets)):
        text = text.replace(form, MASK)
    return text


def fingerprint(secret: str) -> str:
    """What tells one secret from another and says nothing of either."""
    return hashlib.blake2b(secret.encode(), digest_size=12, person=b"pmsync account").hexdigest()


def forms(secret: str) -> Iterator[str]:
    """What a secret can look like: raw, encoded for a URL, escaped for JSON, in base64 anywhere in a longer text."""
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield secret.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/")
    data = secret.encode()
    if len(data) >= _SHORTEST:
        for before in range(3):
            yield from _within(data, before)


def _within(data: bytes, before: int) -> Iterator[str]:
    """The characters of base64 that stand for nothing but `data` where so many bytes come before it."""
    padded = b"\0" * before + data
    first, last = -(-before * 8 // 6), len(padded) * 8 // 6
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(padded).decode()[first:last]


@lru_cache(maxsize=64)
def _ordered(secrets: tuple[str, ...]) -> tuple[str, ...]:
    """All forms of all secrets, each once, the longest first, so that no part of one is left standing."""
    found = {form for secret in secrets if secret for form in forms(secret)}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))
