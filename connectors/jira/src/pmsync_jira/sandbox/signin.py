"""Signing in: whom a request's credentials mean."""

import base64
import binascii
from dataclasses import dataclass, field

from werkzeug.wrappers import Request

from pmsync.sandbox.people import Persona, persona
from pmsync_jira.sandbox.people import Directory, Person

SCOPED_PREFIX = "scoped-"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks: nobody where the credentials are missing, or `failed`."""

    person: Person | None
    failed: bool = False


@dataclass(slots=True)
class Desk:
    """Looks at credentials.

    Cloud: Basic, NAME@example.com with the token `sandbox-NAME`; `scoped-sandbox-NAME` is a token with scopes, which
    works through the gateway alone. Data Center: Bearer `sandbox-NAME`.
    """

    people: Directory
    cloud: bool
    revoked: set[str] = field(default_factory=set)
    """Names whose tokens have been revoked."""

    def identify(self, request: Request, *, gateway: bool) -> Identity:
        """Whom a request's credentials mean."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return Identity(None)
        found = self._basic(given, gateway) if self.cloud else None
        if scheme.casefold() == "bearer":
            found = None if self.cloud else persona(given.strip())
        if found is None or found.name in self.revoked:
            return Identity(None, failed=True)
        return Identity(self.people.admit(found))

    @staticmethod
    def _basic(given: str, gateway: bool) -> Persona | None:
        try:
            email, _, token = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if token.startswith(SCOPED_PREFIX):
            if not gateway:
                return None
            token = token.removeprefix(SCOPED_PREFIX)
        found = persona(token)
        return found if found is not None and email.casefold() == found.email.casefold() else None
