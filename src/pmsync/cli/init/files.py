"""The files of a set-up: their texts, and putting all of them in place or none."""

import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pmsync.cli.init.drafts import Draft
from pmsync.cli.session import plain
from pmsync.config import load
from pmsync.errors import ConfigError
from pmsync.mapping.spec import Custom
from pmsync.mapping.spec import Mapping as Spec
from pmsync.model.fields import Json
from pmsync.sync.proposal import Proposal

CONFIG_MODE, MAPPING_MODE = 0o600, 0o644
_BACKFILL_LIMIT = 5000

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ ./-]*(?<! )|https?://[A-Za-z0-9_.:/-]*[A-Za-z0-9/]")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"})


@dataclass(frozen=True, slots=True)
class Choices:
    """What is decided about the sync as a whole."""

    sync: str
    create: Mapping[str, Sequence[str]]
    backfill: bool
    state: str
    zone: str


def scalar(text: str) -> str:
    """A text as a YAML scalar on one line, in quotes where it needs them."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return '"' + "".join(_quoted(one) for one in text) + '"'


def _quoted(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def literal(text: str) -> str:
    """As `scalar`, in a file where `${` begins a variable."""
    return scalar(text.replace("${", "$${"))


def _comment(text: str) -> str:
    return " ".join(plain(text).split())


def config_text(drafts: Sequence[Draft], choices: Choices) -> str:
    """The config. It names the variables of the credentials, never a value."""
    lines = [
        "# Written by `pmsync init`. What else there is to set: config.example.yaml, or `pmsync schema`.",
        "version: 1",
        f"state: {literal(choices.state)}",
        *([f"zone: {literal(choices.zone)}"] if choices.zone else []),
        "",
        "connections:",
    ]
    for draft in drafts:
        lines += [f"  {scalar(draft.name)}:", f"    connector: {scalar(draft.plugin.name)}"]
        lines += [f"    url: {literal(draft.url)}"] if draft.url else []
        lines += ["    credentials:", *(f'      {key}: "${{{name}}}"' for key, name in draft.variables.items())]
        lines += ["    scope:"]
        for key, value in draft.scope.items():
            name = f"  # {_comment(draft.place.name)}" if draft.place and key == draft.plugin.place_key else ""
            lines.append(f"      {scalar(key)}: {literal(value)}{name}")
        lines += [f"    mapping: {literal(draft.mapping)}"]
    lines += ["", "syncs:", f"  {scalar(choices.sync)}:", "    members:"]
    for draft in drafts:
        part = f"role: {draft.role.value}" if draft.role else ""
        lines.append(f"      {scalar(draft.name)}: {{{part}}}")
    if choices.create:
        lines += ["    create:                 # where an item that is new in a tool appears as well"]
        lines += [f"      {scalar(name)}: {_flow(listed)}" for name, listed in choices.create.items()]
    lines += [f"    backfill: {'true' if choices.backfill else 'false'}"]
    if choices.backfill:
        lines += [
            "    limits:",
            f"      creates: {_BACKFILL_LIMIT}         # for the first pass; take it out afterwards",
        ]
    return "\n".join(lines) + "\n"


def mapping_text(title: str, place: str, proposal: Proposal) -> str:
    """A mapping file."""
    mapping = proposal.mapping
    lines = [
        f"# {_comment(title)}: {_comment(place)}, as `pmsync init` found it.",
        "# Change what does not fit, then look at `pmsync check` and `pmsync plan`.",
        f"connector: {scalar(mapping.connector)}",
        "",
        "statuses:",
    ]
    for name, status in mapping.statuses.items():
        ticked = ", completed: true" if status.completed else ""
        why = f"  # {proposal.guessed[name].value}" if name in proposal.guessed else ""
        place_shows = f"status: {_flow(status.shows)}, category: {status.category.value}{ticked}"
        lines.append(f"  {scalar(name)}: {{{place_shows}}}{why}")
    if not mapping.statuses:
        lines[-1] = "statuses: {}"
    lines += [f"# not a status: {_comment(name)}" for name in proposal.left]
    lines += [f"completed: {scalar(mapping.completed)}"] if mapping.completed else []
    lines += [f"other: {mapping.other.value}"]
    lines += _terms("priorities", mapping.priorities) + _terms("types", mapping.types)
    return "\n".join([*lines, *_rest(mapping)]) + "\n"


def _terms(section: str, rules: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{section}:", *(f"  {scalar(name)}: {_flow(shows)}" for name, shows in rules.items())] if rules else []


def _rest(mapping: Spec) -> list[str]:
    create = "true" if mapping.create_labels else "false"
    lines = [f"labels: {{create: {create}}}", f"estimate: {mapping.estimate.value}"]
    if mapping.custom:
        lines += ["custom:", *(f"  {scalar(name)}: {_custom(said)}" for name, said in mapping.custom.items())]
    if mapping.defaults:
        lines += ["defaults:", *(f"  {scalar(name)}: {_json(value)}" for name, value in mapping.defaults.items())]
    return lines


def _custom(said: Custom) -> str:
    word = scalar(said.shows.custom_name or said.shows.value)
    return f"{{shows: {word}, options: {{create: true}}}}" if said.create else word


def _flow(listed: Sequence[str]) -> str:
    shown = [scalar(one) for one in listed]
    return shown[0] if len(shown) == 1 else f"[{', '.join(shown)}]"


def _json(value: Json) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_json(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_json(inner) for inner in value) + "]"
    if isinstance(value, str):
        return scalar(value)
    return json.dumps(value)


def texts(config: Path, drafts: Sequence[Draft], choices: Choices) -> dict[Path, str]:
    """Every file of the set-up; the config comes last, so that it never names a mapping that is not there yet."""
    found = {}
    for draft in drafts:
        if draft.proposal and draft.proposal.own:
            place = draft.place.name if draft.place else ""
            found[config.parent / draft.mapping] = mapping_text(draft.plugin.title, place, draft.proposal)
    return {**found, config: config_text(drafts, choices)}


def refuse_overwriting(files: Mapping[Path, str]) -> None:
    """Raises ConfigError if a file is there with another text."""
    there = [path for path, text in files.items() if path.exists() and path.read_bytes() != text.encode()]
    if there:
        raise ConfigError(f"{', '.join(map(str, there))}: is there already; --yes writes over it")


def put(config: Path, files: Mapping[Path, str], environ: Mapping[str, str]) -> None:
    """Write all files beside their places, read them as pmsync will, and move them where they belong.

    Raises ConfigError, with nothing changed, where what was written cannot be read or a file cannot be written.
    """
    try:
        config.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".pmsync-init-", dir=config.parent) as name:
            folder = Path(name)
            staged = {path: folder / path.relative_to(config.parent) for path in files}
            for path, text in files.items():
                staged[path].parent.mkdir(parents=True, exist_ok=True)
                _write(staged[path], text, CONFIG_MODE if path == config else MAPPING_MODE)
            load(staged[config], environ)
            for path, written in staged.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                written.replace(path)
    except OSError as error:
        raise ConfigError(f"{error.filename or config} cannot be written: {error.strerror or error}") from error


def _write(path: Path, text: str, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
