"""Before anything is synced: does every connection work, and does every mapping fit what the tool has?"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.api import Account
from pmsync.connector.pacing import Clock
from pmsync.errors import AuthError, PmsyncError
from pmsync.mapping.choices import NamesLens, Options, SelectLens, lacking
from pmsync.model.fields import in_order
from pmsync.model.finding import Finding
from pmsync.reconcile.state import Direction
from pmsync.store.store import Store
from pmsync.sync.members import Bench, open_bench
from pmsync.sync.webhooks import Registrar


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding, and which connection or sync it is about."""

    finding: Finding
    connection: str = ""
    sync: str = ""


@dataclass(slots=True)
class Checked:
    """What was found. `unreachable` are the connections that could not be tried to the end."""

    accounts: dict[str, Account] = field(default_factory=dict)
    findings: list[Placed] = field(default_factory=list)
    unreachable: dict[str, PmsyncError] = field(default_factory=dict)


def check_all(config: Config, store: Store, clock: Clock) -> Checked:
    """Try every connection of every sync, with nothing but reading."""
    found = Checked()
    surveyed: set[str] = set()
    for sync in config.syncs.values():
        with open_bench(config, sync, store, clock) as bench:
            _accounts(bench, found)
            bench.learn(renew=True)
            for member in bench.members.values():
                if member.down is not None and member.name not in found.unreachable:
                    _unreachable(found, member.name, member.down)
            found.findings += _surveys(bench, surveyed)
            found.findings += _mappings(bench, sync)
    found.findings += _webhooks(config, store, clock, found.accounts)
    found.findings = list(dict.fromkeys(found.findings))
    return found


def _accounts(bench: Bench, found: Checked) -> None:
    for member in bench.members.values():
        if member.name in found.accounts or member.name in found.unreachable:
            continue
        try:
            account = member.connector.check()
        except PmsyncError as error:
            member.down = error
            _unreachable(found, member.name, error)
            continue
        found.accounts[member.name] = account
        found.findings += [Placed(finding, member.name) for finding in account.findings]


def _unreachable(found: Checked, connection: str, error: PmsyncError) -> None:
    found.unreachable[connection] = error
    remedy = (
        "renew the token, or check what it may do" if isinstance(error, AuthError) else "see whether it can be reached"
    )
    found.findings.append(Placed(Finding("error", error.message, remedy), connection))


def _surveys(bench: Bench, surveyed: set[str]) -> Iterator[Placed]:
    """A longer look at each connection that works and was not `surveyed` yet: it may take many requests."""
    for member in bench.members.values():
        if member.down is not None or member.name in surveyed:
            continue
        surveyed.add(member.name)
        try:
            yield from (Placed(finding, member.name) for finding in member.connector.survey())
        except PmsyncError as error:
            told = Finding("warning", f"not everything could be looked at: {error.message}", "run `pmsync check` again")
            yield Placed(told, member.name)


def _webhooks(config: Config, store: Store, clock: Clock, reached: Collection[str]) -> Iterator[Placed]:
    """How the webhooks are of the connections that could be reached."""
    registrar = Registrar(config, store, clock)
    for one in registrar.wanted():
        if one.name not in reached:
            continue
        try:
            found = registrar.look(one)
        except PmsyncError as error:
            yield Placed(Finding("warning", f"its webhook could not be looked at: {error.message}", ""), one.name)
            continue
        if found.trouble:
            told, _, remedy = found.trouble.partition(": ")
            yield Placed(Finding("warning", f"its webhook {told}", remedy), one.name)


def _mappings(bench: Bench, sync: SyncConfig) -> Iterator[Placed]:
    for member in bench.members.values():
        if member.bound is not None:
            yield from (Placed(finding, member.name, sync.name) for finding in member.bound.findings)
        if member.connection.mapping.in_text and not member.connector.capabilities.checklists:
            message = f"`checklists: description` means nothing here: {member.connection.connector} has no checklists"
            yield Placed(Finding("warning", message, "take it out of the mapping"), member.name, sync.name)
    yield from (Placed(finding, sync=sync.name) for finding in _options(bench))
    yield from (Placed(finding, sync=sync.name) for finding in bench.people.findings)
    if not sync.create:
        remedy = f"add `create:` under syncs.{sync.name} if new items are to appear in the other tools"
        yield Placed(
            Finding("info", "new items are created nowhere; only matched ones are kept in step", remedy), "", sync.name
        )


def _options(bench: Bench) -> Iterator[Finding]:
    """Options that one member's field has and another's lacks: a finding for each field, with all who lack any."""
    for name in in_order({name for one in bench.members.values() for name in one.lenses}):
        telling: dict[str, Options] = {}
        taking: dict[str, Options] = {}
        for member in bench.members.values():
            lens, direction = member.lenses.get(name), member.directions.get(name)
            if isinstance(lens, SelectLens | NamesLens):
                telling |= {member.name: lens.options} if direction is not Direction.IN else {}
                taking |= {member.name: lens.options} if direction is not Direction.OUT else {}
        lacks = {one: lacking([options for other, options in telling.items() if other != one], mine)
                 for one, mine in taking.items()}  # fmt: skip
        told = [f"{one} lacks {_some(names)}" for one, names in lacks.items() if names]
        if told:
            message = f"{name.custom_name or name.value} has options that cannot be shown everywhere: {'; '.join(told)}"
            remedy = "add them in the tool, or let the mapping there have them made (`options: {create: true}`)"
            yield Finding("warning", message, remedy)


def _some(names: Sequence[str]) -> str:
    """Names of which there may be many."""
    shown = ", ".join(repr(name) for name in names[:_MANY])
    return shown if len(names) <= _MANY else f"{shown} and {len(names) - _MANY} more"


_MANY = 5
