"""Credentials that are found again wherever they come to light, because nothing else looks like them.

The configs of the tests have these instead of the sandboxes' own. `admitting` makes an emulator take them for those.
What must not have them (files, outputs, reports) is searched, with `found_in`, for every form that they can have.
"""

import base64
from functools import cache
from pathlib import Path
from typing import Final

from werkzeug.wrappers import Request

from pmsync.connector.redaction import forms
from pmsync.sandbox.app import Emulator

KEY: Final = "zq7plantedTrelloKey04"
TOKENS: Final = {
    "trello": "zq7plantedTrelloToken51/x+y=",
    "jira": "zq7plantedJiraToken52/x+y=",
    "asana": "zq7plantedAsanaToken53/x+y=",
}
"""By tool. With what a URL has to encode."""
OTHERS: Final = {
    "trello secret": "zq7plantedTrelloSecret54",
    "webhook secret": "zq7plantedWebhookSecret55",
    "admin token": "zq7plantedAdminToken56",
    "secret key": "zq7plantedSecretKey57",
    "database password": "zq7plantedPassword58",
    "proxy password": "zq7plantedProxyPassword59",
    "alerts path": "zq7plantedAlertsPath60",
    "alerts secret": "zq7plantedAlertsSecret61",
    "mail password": "zq7plantedMailPassword62",
}
"""What else a config, or the environment, may have to hide."""
EMAIL: Final = "pmsync@example.com"
_CONFIGS: Final = ("config.yaml", ".env")
NEVER: Final = (KEY, *TOKENS.values(), *OTHERS.values())


def admitting(emulator: Emulator) -> Emulator:
    """The emulator, which now knows pmsync by the planted credentials too."""
    handle = emulator.handle

    def admit(request: Request) -> object:
        given = request.headers.get("Authorization", "")
        if given:
            request.environ["HTTP_AUTHORIZATION"] = _plain(given)
        return handle(request)

    emulator.handle = admit  # type: ignore[assignment,method-assign]
    return emulator


def _plain(given: str) -> str:
    """A header as it would be with the sandboxes' own credentials."""
    if given.startswith("Basic "):
        pair = base64.b64decode(given[6:]).decode()
        return f"Basic {base64.b64encode(_translated(pair).encode()).decode()}"
    return _translated(given)


def _translated(text: str) -> str:
    for planted, own in ((KEY, "sandbox"), *((token, "sandbox-pmsync") for token in TOKENS.values())):
        text = text.replace(planted, own)
    return text


def found_in(data: str | bytes) -> list[str]:
    """Which of the planted credentials are in there, in any form."""
    raw = data.encode(errors="surrogateescape") if isinstance(data, str) else data
    return sorted({secret for form, secret in _searched() if form in raw})


@cache
def _searched() -> tuple[tuple[bytes, str], ...]:
    every = {form.encode(): secret for secret in NEVER for form in forms(secret)}
    basic = base64.b64encode(f"{EMAIL}:{TOKENS['jira']}".encode())
    return (*every.items(), (basic, TOKENS["jira"]))


def leaks(folder: Path) -> list[str]:
    """The files below a folder that have a credential which belongs in none of them, and whose."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name in _CONFIGS:
            continue
        leaked = found_in(path.read_bytes())
        if leaked:
            found.append(f"{path}: {', '.join(one[:14] for one in leaked)}…")
    return found
