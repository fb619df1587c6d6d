"""Who is known to all three sandboxes."""

from dataclasses import dataclass

TOKEN_PREFIX = "sandbox-"  # noqa: S105 - the sandbox's tokens are public by design


@dataclass(frozen=True, slots=True)
class Persona:
    """A user. Each emulator gives them an id in its own form."""

    name: str
    full_name: str
    known: bool = True
    """Whether they are a member of the seeded project; others sign in as strangers without access."""

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


PEOPLE = {
    "ada": Persona("ada", "Ada Lovelace"),
    "grace": Persona("grace", "Grace Hopper"),
    "linus": Persona("linus", "Linus Pauling"),
    "pmsync": Persona("pmsync", "pmsync"),
}
"""The members of all three; `pmsync` is an administrator."""


def persona(token: str) -> Persona | None:
    """Whom the token `sandbox-NAME` signs in; None for any other token."""
    name = token.removeprefix(TOKEN_PREFIX)
    if name == token or not name:
        return None
    return PEOPLE.get(name, Persona(name, name.capitalize(), known=False))
