"""A connection on its way into the config: its section is completed step by step, each tried over the tool's API."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pmsync.cli.init.answers import Answers
from pmsync.config.shelf import SHELF, load_mapping
from pmsync.connector.api import Place, Plugin
from pmsync.connector.pacing import Clock
from pmsync.errors import AuthError, ConfigError, PmsyncError
from pmsync.mapping.people import People, match
from pmsync.model.fields import Field, Json, Role
from pmsync.sync import setup
from pmsync.sync.kindred import kindred
from pmsync.sync.proposal import Proposal, propose


@dataclass(slots=True)
class Draft:
    """One connection. `values` are credentials as they are; only the names of their `variables` are written."""

    name: str
    plugin: Plugin
    url: str = ""
    values: dict[str, str] = field(default_factory=dict, repr=False)
    variables: dict[str, str] = field(default_factory=dict)
    more_scope: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None
    found: setup.Surveyed | None = None
    proposal: Proposal | None = None
    mapping: str = ""
    """The shipped mapping's name, or the path of the one that is written, relative to the config."""
    role: Role | None = None

    @property
    def scope(self) -> dict[str, str]:
        """The place by its key or id, and what else the scope says."""
        place = {self.plugin.place_key: self.place.key or self.place.id} if self.place else {}
        return {**place, **self.more_scope}

    def section(self) -> dict[str, Json]:
        """As the config will have it, with the credentials filled in."""
        found: dict[str, Json] = {"connector": self.plugin.name, "credentials": dict(self.values)}
        if self.url:
            found["url"] = self.url
        if self.place:
            found["scope"] = dict(self.scope)
        return found


class Drafting:
    """Completes drafts. `typed` are the credentials that came from the person and not from the environment."""

    def __init__(self, answers: Answers, environ: Mapping[str, str], clock: Clock) -> None:
        self.typed: dict[str, str] = {}
        self._answers = answers
        self._environ = environ
        self._clock = clock

    def connect(self, draft: Draft, *, alone: bool) -> None:
        """Address, credentials and place, tried until they work or the person gives up. `alone`: the only one of
        its kind."""
        given = self._answers.given
        draft.more_scope = {key: value for key, value in given.scopes.get(draft.name, {}).items() if key}
        while True:
            try:
                self._address(draft)
                self._credentials(draft, alone=alone)
                self._place(draft)
                draft.found = setup.survey(draft.plugin, draft.name, draft.section(), self._clock)
            except PmsyncError as error:
                if not self._answers.again(_located(draft, error)):
                    raise
                self._forget(draft, everything=isinstance(error, AuthError))
            else:
                return

    def _address(self, draft: Draft) -> None:
        needed = "url" in setup.problems(draft.plugin, {"connector": draft.plugin.name})
        if not draft.url:
            draft.url = self._answers.url(draft.name, draft.plugin.title, needed=needed)
        wrong = setup.problems(draft.plugin, draft.section()).get("url")
        if wrong is not None:
            draft.url = ""
            raise ConfigError(f"--url {draft.name}=URL: the address {wrong}")

    def _credentials(self, draft: Draft, *, alone: bool) -> None:
        said = self._answers.given.credentials.get(draft.name, {})
        unknown = [one for one in said if one not in draft.plugin.credentials]
        if unknown:
            known = ", ".join(draft.plugin.credentials)
            raise ConfigError(f"--credential {draft.name}.{unknown[0]}: {draft.plugin.title} takes {known}")
        for name, meaning in draft.plugin.credentials.items():
            if name in draft.values:
                continue
            variable = said.get(name) or _variable(draft.plugin.name if alone else draft.name, name)
            value = self._environ.get(variable) or self.typed.get(variable)
            if not value and (name in said or self._answers.asking):
                value = self._answers.secret(f"{draft.plugin.title}: {meaning}", variable)
                if value:
                    self.typed[variable] = value
            if value:
                draft.values[name], draft.variables[name] = value, variable
            elif name in said:
                raise ConfigError(f"--credential {draft.name}.{name}: the environment variable {variable} is not set")
        self._complete(draft, alone=alone)

    def _complete(self, draft: Draft, *, alone: bool) -> None:
        wrong = {
            key: message
            for key, message in setup.problems(draft.plugin, draft.section()).items()
            if key.startswith("credentials")
        }
        if wrong:
            kind = draft.plugin.name if alone else draft.name
            told = [
                f"{draft.name}.{key} {message}: set {_variable(kind, name)}, or name another variable with "
                f"--credential {draft.name}.{name}=VARIABLE"
                for key, message in wrong.items()
                for name in [key.rpartition(".")[2]]
            ]
            raise ConfigError("\n".join(told))

    def _place(self, draft: Draft) -> None:
        if draft.place is not None:
            return
        offered = setup.places(draft.plugin, draft.name, draft.section(), self._clock)
        labels = [f"{one.name} ({one.key or one.id})" for one in offered]
        wanted = self._answers.place(draft.name, draft.plugin.place_key, labels)
        number = int(wanted) if wanted.isdecimal() and len(wanted) < _LONGEST_NUMBER else 0
        if self._answers.asking and 0 < number <= len(offered):
            draft.place = offered[number - 1]
        else:
            draft.place = setup.chosen(draft.name, wanted, offered)

    def _forget(self, draft: Draft, *, everything: bool) -> None:
        """What has to be said anew. Credentials that came from the environment stay as they are."""
        draft.place = None
        if everything:
            for variable in [one for one in draft.variables.values() if one in self.typed]:
                del self.typed[variable]
            kept = {name: variable for name, variable in draft.variables.items() if variable in self._environ}
            draft.values = {name: draft.values[name] for name in kept}
            draft.variables = kept


_LONGEST_NUMBER = 4
"""Ids of some tools are numbers too, and longer."""


def suggest(draft: Draft, asked: str | None) -> None:
    """Choose the mapping: the one asked for, else the shipped one, else one made for this place."""
    if draft.found is None:
        raise ConfigError(f"{draft.name} has not been looked at")
    if asked is not None:
        draft.mapping = asked
        return
    shipped = draft.plugin.default_mapping
    draft.proposal = propose(load_mapping(SHELF / f"{shipped}.yaml"), draft.found.vocabulary)
    draft.mapping = _own_mapping(draft) if draft.proposal.own else shipped


def relate_fields(drafts: Sequence[Draft]) -> None:
    """Have the mappings that are proposed keep custom fields in step that several tools have. One that is to do so has
    to be a mapping of its own."""
    proposed = {one.name: one for one in drafts if one.found and one.proposal}
    for name, custom in kindred({name: one.found for name, one in proposed.items() if one.found}).items():
        draft = proposed[name]
        if custom and draft.proposal:
            mapping = replace(draft.proposal.mapping, custom={**custom, **draft.proposal.mapping.custom})
            draft.proposal = replace(draft.proposal, mapping=mapping, own=True)
            draft.mapping = _own_mapping(draft)


def _own_mapping(draft: Draft) -> str:
    return f"mappings/{draft.name}.yaml"


def likely_role(draft: Draft, taken: Sequence[Role | None]) -> Role | None:
    """A guess: its name says it; else, where work has types, engineers are at work."""
    if draft.name in set(Role):
        return Role(draft.name)
    engineers = draft.found is not None and Field.TYPE in draft.found.vocabulary.fields
    wanted = [Role.ENGINEERING] if engineers else [Role.PRODUCT, Role.DELIVERY]
    return next((role for role in wanted if role not in taken), None)


def people(drafts: Sequence[Draft]) -> People:
    """Who is who in these tools."""
    return match({}, {one.name: one.found.vocabulary.members for one in drafts if one.found})


def _variable(prefix: str, credential: str) -> str:
    """`TRELLO_TOKEN`: the environment variable that a credential is read from unless another is named."""
    name = re.sub(r"\W", "_", f"{prefix}_{credential}", flags=re.ASCII).upper()
    return f"_{name}" if name[0].isdigit() else name


def _located(draft: Draft, error: PmsyncError) -> str:
    return f"{draft.name} ({draft.plugin.title}): {error}"
