"""The command `init`: questions, or options in their place; then the files, and a check of what they say."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pmsync.cli.init.answers import Answers, Given, nested, pairs
from pmsync.cli.options import AsJson, Yes
from pmsync.cli.session import Exit, Session, ending, print_json
from pmsync.errors import ConfigError

if TYPE_CHECKING:
    from pmsync.cli.init.drafts import Draft, Drafting
    from pmsync.cli.init.files import Choices

_NONE: list[str] = []


@dataclass(frozen=True, slots=True)
class _Wish:
    """What concerns the set-up as a whole."""

    path: Path
    sync: str
    state: str
    zone: str
    overwrite: bool
    as_json: bool


_Connections = Annotated[
    list[str], typer.Option(metavar="NAME=TOOL", help="A connection and its kind: product=trello. Repeat it.")
]
_Urls = Annotated[list[str], typer.Option(metavar="NAME=URL", help="Where a connection's tool is.")]
_Scopes = Annotated[
    list[str],
    typer.Option(metavar="NAME=PLACE", help="Its board or project; NAME.KEY=VALUE for more (engineering.jql=…)."),
]
_Credentials = Annotated[
    list[str], typer.Option(metavar="NAME.WHAT=VARIABLE", help="The environment variable that holds a credential.")
]
_Roles = Annotated[list[str], typer.Option(metavar="NAME=ROLE", help="product, engineering, delivery or none.")]
_Mappings = Annotated[
    list[str], typer.Option(metavar="NAME=MAPPING", help="A shipped mapping or a file, instead of a proposal.")
]
_Creates = Annotated[
    list[str], typer.Option(metavar="NAME=NAME,…", help="Where an item that is new in a tool is created.")
]
_Backfill = Annotated[bool | None, typer.Option("--backfill/--no-backfill", help="Create what is there already, too.")]
_Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="The file to write [PMSYNC_CONFIG, else config.yaml].")
]


def init(
    connection: _Connections = _NONE,
    url: _Urls = _NONE,
    scope: _Scopes = _NONE,
    credential: _Credentials = _NONE,
    role: _Roles = _NONE,
    mapping: _Mappings = _NONE,
    create: _Creates = _NONE,
    backfill: _Backfill = None,
    sync: Annotated[str, typer.Option(metavar="NAME", help="What the sync is called.")] = "roadmap",
    state: Annotated[str, typer.Option(metavar="URL", help="Where pmsync keeps its memory.")] = "sqlite:///pmsync.db",
    zone: Annotated[str, typer.Option(metavar="ZONE", help="Such as Europe/Berlin.")] = "",
    out: _Out = None,
    silent: Annotated[bool, typer.Option("--non-interactive", help="Ask nothing: the options say it all.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set up a sync: look at your tools, propose mappings, write the config, and check it."""
    from pmsync.config import config_path

    if as_json and not silent:
        raise typer.BadParameter("--json asks nothing: say --non-interactive too")
    given = Given(
        connections=pairs("--connection", connection),
        urls=pairs("--url", url),
        scopes=nested("--scope", scope),
        credentials=nested("--credential", credential),
        roles=pairs("--role", role),
        mappings=pairs("--mapping", mapping),
        create={name: [one.strip() for one in value.split(",") if one.strip()]
                for name, value in pairs("--create", create).items()},
        backfill=backfill,
    )  # fmt: skip
    with ending(as_json=as_json):
        path = config_path(out, os.environ).absolute()
        wish = _Wish(path, sync, state, zone, yes, as_json)
        raise typer.Exit(_set_up(Answers(given, asking=not silent), wish))


def _set_up(answers: Answers, wish: _Wish) -> Exit:
    from pmsync.cli.init import files, show
    from pmsync.cli.init.drafts import Drafting, people
    from pmsync.connector.pacing import Clock

    if answers.asking and wish.path.exists() and not wish.overwrite:
        raise ConfigError(f"{wish.path} is there already; --yes writes over it, --out names another file")
    drafting = Drafting(answers, os.environ, Clock())
    drafts = _drafts(answers, drafting)
    if not wish.as_json:
        show.mapping(drafts)
        show.fields(drafts)
        show.people(people(drafts), drafts)
    choices = _choices(answers, drafts, wish)
    texts = files.texts(wish.path, drafts, choices)
    if not wish.overwrite:
        files.refuse_overwriting(texts)
    if answers.asking:
        typer.confirm("Write this?", default=True, abort=True)
    environ = {**os.environ, **drafting.typed}
    files.put(wish.path, texts, environ)
    if not wish.as_json:
        show.written(list(texts))
    missing = sorted(name for name in drafting.typed if not os.environ.get(name))
    return _check(wish, list(texts), environ, missing)


def _drafts(answers: Answers, drafting: "Drafting") -> "list[Draft]":
    from pmsync.cli.init.drafts import Draft, likely_role, relate_fields, suggest
    from pmsync.connector.registry import names, plugin

    tools = answers.tools(names())
    unknown = [kind for kind in tools.values() if kind not in names()]
    if unknown:
        raise ConfigError(f"no connector {unknown[0]!r}; installed: {', '.join(names())}")
    if len(tools) < 2:
        example = "--connection product=trello --connection engineering=jira"
        raise ConfigError(f"a sync has at least two connections, such as {example}")
    _known(answers.given, tools)
    drafts = [Draft(name, plugin(kind)) for name, kind in tools.items()]
    for draft in drafts:
        if answers.asking:
            typer.secho(f"\n{draft.plugin.title} ({draft.name})", bold=True)
        drafting.connect(draft, alone=list(tools.values()).count(draft.plugin.name) == 1)
        suggest(draft, answers.given.mappings.get(draft.name))
    relate_fields(drafts)
    for draft in drafts:
        draft.role = answers.role(draft.name, likely_role(draft, [one.role for one in drafts]))
    return drafts


def _known(given: Given, tools: "dict[str, str]") -> None:
    """Raises ConfigError where an option is about a connection that there is not."""
    about = {
        "--url": given.urls, "--scope": given.scopes, "--credential": given.credentials, "--role": given.roles,
        "--mapping": given.mappings, "--create": given.create,
    }  # fmt: skip
    named = [(option, name) for option, found in about.items() for name in found]
    wrong = [f"{option} {name}: no such connection" for option, name in named if name not in tools]
    wrong += [
        f"--create {name}={target}: no such connection"
        for name, targets in given.create.items()
        for target in targets
        if target not in tools
    ]
    if wrong:
        raise ConfigError("\n".join([*wrong, f"there are: {', '.join(tools)}"]))


def _choices(answers: Answers, drafts: "Sequence[Draft]", wish: _Wish) -> "Choices":
    from pmsync.cli.init.files import Choices

    create = answers.create([one.name for one in drafts])
    return Choices(wish.sync, create, answers.backfill(create), wish.state, wish.zone)


def _check(wish: _Wish, files: Sequence[Path], environ: "dict[str, str]", missing: Sequence[str]) -> Exit:
    """What `pmsync check` says of it."""
    from pmsync.cli import checking
    from pmsync.cli.init import show
    from pmsync.config import load
    from pmsync.store import open_store

    config = load(wish.path, environ)
    with open_store(config.state) as store:
        work = Session(config, store)
        found = checking.examine(work)
    if wish.as_json:
        print_json({"config": str(wish.path), "files": [str(path) for path in files], "variables": list(missing),
                    "check": checking.document(found)})  # fmt: skip
    else:
        checking.show(work, found, everything=False)
        show.variables(missing)
        typer.echo("Next: pmsync plan, then pmsync sync; pmsync check tells all that there is to know.")
    return checking.code(found)
