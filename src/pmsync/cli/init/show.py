"""What a set-up found out, for the person to look at before it is written."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.text import Text

from pmsync.cli.init.drafts import Draft
from pmsync.cli.show import cell, console, line, listing
from pmsync.mapping.people import People
from pmsync.mapping.relation import relate
from pmsync.mapping.spec import fold
from pmsync.model.fields import Field, in_order
from pmsync.sync.proposal import HUB


def mapping(drafts: Sequence[Draft]) -> None:
    """Each status, and where every tool shows it."""
    proposed = [one for one in drafts if one.found and one.proposal]
    if not proposed:
        return
    out = console()
    made = listing("status", *(line(one.name) for one in proposed))
    shown = {one.name: _places(one) for one in proposed}
    for status in HUB:
        made.add_row(Text(status, "bold"), *(shown[one.name].get(status, Text("nowhere", "red")) for one in proposed))
    out.print()
    out.print(made)
    out.print(Text("~ the nearest that there is   ? guessed", "dim"))
    for one in proposed:
        if one.proposal and one.proposal.left:
            names = ", ".join(line(name) for name in one.proposal.left)
            out.print(Text(f"{line(one.name)}: {names}: no status that pmsync knows; what is there stays there."))


def _places(draft: Draft) -> dict[str, Text]:
    if draft.found is None or draft.proposal is None:
        return {}
    vocabulary, proposal = draft.found.vocabulary, draft.proposal
    relation = relate({name: one.shows for name, one in proposal.mapping.statuses.items()}, vocabulary.statuses)
    names = {term.id: term.name for term in vocabulary.statuses}
    found = {}
    for status, way in relation.ways.items():
        others = [term for term, shows in relation.shown.items() if shows[0] == status and term != way]
        near = relation.nearest(status)
        told = ", ".join(_name(names[term], proposal.guessed) for term in (way, *others))
        found[status] = cell(f"~ {told}" if near else told, style="dim" if near else "")
    if vocabulary.completed and proposal.mapping.completed:
        found.setdefault(proposal.mapping.completed, Text("ticked as completed"))
    return found


def _name(name: str, guessed: Mapping[str, object]) -> str:
    return f"{name} ?" if name in guessed else name


def fields(drafts: Sequence[Draft]) -> None:
    """Each field that a custom field shows somewhere, and where every tool has it."""
    proposed = [one for one in drafts if one.found and one.proposal]
    shown = {said.shows for one in proposed if one.proposal for said in one.proposal.mapping.custom.values()}
    if not shown:
        return
    out = console()
    made = listing("field", *(line(one.name) for one in proposed))
    for name in in_order(shown):
        made.add_row(cell(name.custom_name or name.value, style="bold"), *(_kept(one, name) for one in proposed))
    out.print()
    out.print(made)


def _kept(draft: Draft, name: Field) -> Text:
    """What a tool has of a field: a custom field, or something of its own."""
    if draft.found is None or draft.proposal is None:
        return Text()
    custom = [native for native, said in draft.proposal.mapping.custom.items() if said.shows is name]
    if custom:
        return cell(", ".join(custom))
    if name in draft.found.vocabulary.fields:
        return Text("its own", "dim")
    alike = any(fold(one.name) == fold(name.custom_name) for one in draft.found.vocabulary.custom)
    return Text("of another kind", "yellow") if alike else Text("-", "dim")


def people(found: People, drafts: Sequence[Draft]) -> None:
    """Who is known where."""
    out = console()
    seats = [[found.member(draft.name, person) for draft in drafts] for person in found.names]
    out.print()
    out.print(f"Of {len(seats)} people, {sum(None not in one for one in seats)} are known in every tool.")
    for finding in found.findings:
        if finding.severity != "info":
            out.print(Text(f"{line(finding.message, 200)}; {finding.remedy}", "yellow"))


def written(files: Sequence[Path]) -> None:
    """What was written."""
    out = console()
    out.print()
    for path in files:
        out.print(Text(f"wrote {line(path, 400)}"), soft_wrap=True)
    out.print()


def variables(missing: Sequence[str]) -> None:
    """What has to be in the environment from now on."""
    if missing:
        out = console()
        out.print()
        out.print(Text("Before the next command, set what you typed (it was not written anywhere):", "bold"))
        for name in missing:
            out.print(f"  export {name}=…")
