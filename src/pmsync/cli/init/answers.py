"""What the person setting up has said: by options first, and where they say nothing, when asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import typer

from pmsync.cli.session import plain
from pmsync.errors import ConfigError
from pmsync.model.fields import Role

NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say, by connection."""

    connections: Mapping[str, str] = field(default_factory=dict)
    """The kind of tool, by the connection's name, in the order given."""
    urls: Mapping[str, str] = field(default_factory=dict)
    scopes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By connection: the place under the key "", and further keys of the scope under their own."""
    credentials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By connection: the environment variable of each credential."""
    roles: Mapping[str, str] = field(default_factory=dict)
    mappings: Mapping[str, str] = field(default_factory=dict)
    create: Mapping[str, Sequence[str]] = field(default_factory=dict)
    backfill: bool | None = None


def pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """`NAME=VALUE` arguments. Raises BadParameter for anything else, and for a name given twice."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not (equals and name.strip() and value.strip()):
            raise typer.BadParameter(f"{option} takes NAME=VALUE, not {one!r}")
        if name.strip() in found:
            raise typer.BadParameter(f"{option} {name.strip()} is given twice")
        found[name.strip()] = value.strip()
    return found


def nested(option: str, given: Iterable[str]) -> dict[str, dict[str, str]]:
    """`NAME.KEY=VALUE` arguments; `NAME=VALUE` has the key ""."""
    found: dict[str, dict[str, str]] = {}
    for path, value in pairs(option, given).items():
        name, _, key = path.partition(".")
        found.setdefault(name, {})[key] = value
    return found


class Answers:
    """Every answer that a set-up needs. What is neither given nor to be asked raises ConfigError, naming the option."""

    def __init__(self, given: Given, *, asking: bool) -> None:
        self.given = given
        self.asking = asking

    def tools(self, installed: Sequence[str]) -> dict[str, str]:
        """The kinds of tool by connection name."""
        if self.given.connections or not self.asking:
            return dict(self.given.connections)
        told = str(typer.prompt(f"Which tools? ({', '.join(installed)})", default=",".join(installed)))
        wanted = [one.strip().lower() for one in told.replace(",", " ").split()]
        found: dict[str, str] = {}
        for kind in wanted:
            count = sum(one == kind for one in found.values())
            found[f"{kind}-{count + 1}" if count else kind] = kind
        return found

    def url(self, name: str, title: str, *, needed: bool) -> str:
        """The address; nothing for the tool's own."""
        if name in self.given.urls or not self.asking:
            return self.given.urls.get(name, "")
        if not needed:
            return ""
        return str(typer.prompt(f"Address of {title} (https://…)")).strip()

    def secret(self, what: str, variable: str) -> str:
        """A credential that is not in the environment; it is not shown while it is typed."""
        if not self.asking:
            return ""
        told = f"{what}\n  (read from {variable} later)"
        return str(typer.prompt(told, default="", hide_input=True, show_default=False)).strip()

    def place(self, name: str, kind: str, labels: Sequence[str]) -> str:
        """A board or project: its id, key or name, or its number in the list."""
        wanted = self.given.scopes.get(name, {}).get("")
        if wanted is not None:
            return wanted
        if not self.asking:
            raise ConfigError(f"which {kind}? Say --scope {name}=NAME; there are: {', '.join(labels) or 'none'}")
        for number, label in enumerate(labels, 1):
            typer.echo(f"  {number}  {plain(label)}")
        only = "1" if len(labels) == 1 else None
        return str(typer.prompt(f"Which {kind}? (number, name or id)", default=only)).strip()

    def role(self, name: str, likely: Role | None) -> Role | None:
        """What a side is for."""
        told = self.given.roles.get(name)
        if told is None and self.asking:
            choices = ", ".join([*Role, NOBODY])
            told = str(typer.prompt(f"Role of {name} ({choices})", default=str(likely or NOBODY))).strip()
        if told is None:
            return Role(name) if name in set(Role) else None
        if told not in (*Role, NOBODY):
            raise ConfigError(f"--role {name}: {told!r} is none of {', '.join([*Role, NOBODY])}")
        return None if told == NOBODY else Role(told)

    def create(self, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Where an item that is new in a tool is to be created."""
        if self.given.create or not self.asking:
            return {name: tuple(listed) for name, listed in self.given.create.items()}
        found = {}
        for name in names:
            others = [one for one in names if one != name]
            question = f"A new item in {name} is created in ({', '.join(others)}, or {NOBODY})"
            told = str(typer.prompt(question, default=NOBODY))
            listed = tuple(one for one in told.replace(",", " ").split() if one != NOBODY)
            if listed:
                found[name] = listed
        return found

    def backfill(self, create: Mapping[str, object]) -> bool:
        """Whether items that are there already are created elsewhere too."""
        if self.given.backfill is not None or not (self.asking and create):
            return bool(self.given.backfill)
        return typer.confirm("Create the items that are there already, too?", default=False)

    def again(self, message: str) -> bool:
        """After something went wrong: whether to try again."""
        if not self.asking:
            return False
        typer.echo(plain(message), err=True)
        return typer.confirm("Try again?", default=True)
