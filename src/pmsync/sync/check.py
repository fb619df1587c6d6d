"""Before anything is synced: does every connection work, and does every mapping fit what the tool has?"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from pmsync.config.settings import Config, SyncConfig
from pmsync.connector.api import Account
from pmsync.connector.pacing import Clock
from pmsync.errors import AuthError, PmsyncError
from pmsync.model.finding import Finding
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
    yield from (Placed(finding, sync=sync.name) for finding in bench.people.findings)
    if not sync.create:
        remedy = f"add `create:` under syncs.{sync.name} if new items are to appear in the other tools"
        yield Placed(
            Finding("info", "new items are created nowhere; only matched ones are kept in step", remedy), "", sync.name
        )
