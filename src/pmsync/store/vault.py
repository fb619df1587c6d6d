"""Secrets that have to be kept: encrypted, and bound to what they are for."""

import base64
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pmsync.errors import ConfigError, StateError

_LEAST: Final = 16
"""How many characters a key has at the least: it is meant to be random, not a word."""


class Vault:
    """Encrypts with the config's `secret_key`. What is put in for one purpose does not come out for another."""

    def __init__(self, key: str | None) -> None:
        """Raises ConfigError where there is no key, or one that is no secret."""
        if not key:
            raise ConfigError(
                "`secret_key` is missing: a tool's webhook secret is to be kept, and not in the clear. Set it to some "
                "32 random characters (`openssl rand -base64 32`), out of the environment"
            )
        if len(key) < _LEAST:
            raise ConfigError(f"`secret_key` is too short: take {_LEAST} random characters or more")
        self._key = key.encode()

    def seal(self, secret: str, purpose: str) -> str:
        """Encrypt."""
        return self._cipher(purpose).encrypt(secret.encode()).decode("ascii")

    def unseal(self, sealed: str, purpose: str) -> str:
        """Decrypt. Raises StateError where this was sealed with another key, or for another purpose."""
        try:
            return self._cipher(purpose).decrypt(sealed.encode("ascii")).decode()
        except (InvalidToken, ValueError):
            raise StateError(
                f"The secret of {purpose} was kept with another `secret_key`: set that one again, or run "
                "`pmsync webhooks install` anew"
            ) from None

    def _cipher(self, purpose: str) -> Fernet:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"pmsync {purpose}".encode())
        return Fernet(base64.urlsafe_b64encode(derived.derive(self._key)))
