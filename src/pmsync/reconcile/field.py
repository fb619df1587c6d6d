"""One field of one item, over all its replicas: which value stands, who lost, and what each replica must show.

The rules, each found by breaking a simpler one:

* A replica changed a field if its raw value differs from its *own* base, never from the item: mappings are lossy, and
  an edit inside one schema value (Backlog to Selected) is an edit.
* A replica that has not yet shown the item's revision is behind; if it changed meanwhile, the item's pending value is
  itself a contender.
* Sets merge by what each replica added and removed against its own base.
* A changed raw value is only ever overwritten together with a recorded conflict; nor does it become a base before it is
  shown, merged or recorded, whether it was heard or not.
* Nothing is decided by a replica of whose past nothing is known while others are out of sight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from pmsync.mapping.lens import Refusal, Shown, Unmapped
from pmsync.model.fields import TEXT_FIELDS, Field, Json, is_set
from pmsync.reconcile.plan import Change, Claim, Conflict, Decided, Note
from pmsync.reconcile.policy import Contender, Policy, Rule, choose
from pmsync.reconcile.state import Direction, ItemState, Setting
from pmsync.reconcile.voice import Voice, listen, members
from pmsync.text.merge import merge
from pmsync.text.words import words


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the field. `changes` are per connection; `hold` if a person has to settle it first."""

    decided: Decided | None = None
    changes: Mapping[str, Change] = field(default_factory=dict)
    conflict: Conflict | None = None
    notes: tuple[Note, ...] = ()
    hold: bool = False
    waits: bool = False
    """Whether it waits for tools that are out of sight."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The value that stands. `policy` is empty where there was nothing to settle; `merged` if it holds every edit."""

    value: Json
    source: str
    at: datetime | None
    policy: str = ""
    hold: bool = False
    merged: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """One field of one item, laid out for deciding."""

    name: Field
    item: str
    setting: Setting | None
    voices: tuple[Voice, ...]
    policy: Policy
    order: tuple[str, ...]
    now: datetime
    complete: bool
    speaking: tuple[Voice, ...]
    """Those whose news is to be heard."""
    behind: bool
    """Whether any of these has not yet shown the item's revision."""
    edited_again: bool
    """Whether the field was held because it had been undone, and an edit ends that now."""

    def unmoved(self) -> _Verdict:
        return _Verdict(self.setting.value, self.setting.source, self.setting.at) if self.setting else _NOTHING


_NOTHING = _Verdict(None, "", None)


def settle_field(name: Field, item: ItemState, policy: Policy, now: datetime) -> Outcome:
    """Decide one field. `now` dates the decision, and decides nothing."""
    setting = item.settings.get(name)
    voices = tuple(listen(name, replica, setting, rebase=item.rebase) for replica in item.replicas if replica.has(name))
    speaking = tuple(voice for voice in voices if voice.speaks)
    behind = setting is not None and any(voice.behind for voice in speaking)
    order = tuple(replica.connection for replica in item.replicas)
    edited_again = name in item.undone and any(voice.trusted for voice in speaking)
    case = _Case(name, item.id, setting, voices, policy, order, now, item.complete, speaking, behind, edited_again)
    if name in item.held:
        return _held(case, "held: an open conflict has to be resolved")
    if name in item.undone and not edited_again:
        return _held(case, "held: it was undone; edit it in any tool, or resolve its conflict")
    if not item.complete and any(not voice.trusted for voice in speaking):
        return _waiting(case)
    if setting is None and not speaking:
        return Outcome(notes=tuple(_unmapped(case)))
    return _conclude(case, _merge_sets(case) if any(is_set(name, one.value) for one in voices) else _contend(case))


def _merge_sets(case: _Case) -> _Verdict:
    value = case.setting.value if case.setting else None
    standing = members(value)
    # What was undone must not come back with an edit of something else: that edit is then all there is.
    current = list(members(case.speaking[0].showed(value)) if case.edited_again else standing)
    removed: set[Json] = set()
    added: list[Json] = []
    for voice in case.speaking:
        before, shown = members(voice.showed(value)), members(voice.value)
        removed |= set(before) - set(shown)
        added += [member for member in shown if member not in before and member not in added]
    kept = [member for member in current if member not in removed]
    merged = kept + [member for member in added if member not in kept]
    if case.setting is not None and set(merged) == set(standing):
        return case.unmoved()
    return _Verdict(merged, case.speaking[0].connection, case.now)


def _contend(case: _Case) -> _Verdict:
    contenders = _contenders(case)
    values = _distinct([contender.value for contender in contenders])
    if not values:
        return case.unmoved()
    first = contenders[0]
    if len(values) > 1:
        agreed = None if case.behind else _agreeable(case, contenders)
        if agreed is None:
            return _settle(case, contenders)
        first = agreed
    if case.setting is not None and first.value == case.setting.value:
        return case.unmoved()
    return _Verdict(first.value, first.connection, first.at or case.now)


def _contenders(case: _Case) -> list[Contender]:
    found = [
        Contender(voice.connection, voice.value, voice.raw, voice.replica.updated_at)
        for voice in case.speaking
        if not isinstance(voice.value, Unmapped)
        and (case.behind or case.setting is None or voice.value != case.setting.value)
    ]
    if case.behind and case.setting is not None:
        found.append(Contender(case.setting.source, case.setting.value, None, case.setting.at, pending=True))
    return found


def _agreeable(case: _Case, contenders: Sequence[Contender]) -> Contender | None:
    """A value that every replica that changed already shows, if there is one: the more specific reading."""
    for contender in contenders:
        if all(voice.shows(contender.value) for voice in case.speaking):
            return contender
    return None


def _settle(case: _Case, contenders: Sequence[Contender]) -> _Verdict:
    if case.policy.rule is Rule.MERGE and case.name in TEXT_FIELDS:
        merged = _merge_texts(case)
        if merged is not None:
            return _Verdict(merged, case.speaking[0].connection, case.now, merged=True)
    if case.policy.rule is Rule.MANUAL:
        held = case.unmoved()
        return _Verdict(held.value, held.source, held.at, "manual", hold=True)
    winner, why = choose(case.policy, contenders, case.order)
    return _Verdict(winner.value, winner.connection, winner.at or case.now, why)


def _merge_texts(case: _Case) -> str | None:
    """Each edit folded into the item's text, each against what its own replica showed before.

    Replicas may have shown different texts: where what one took out is what another put in, the last would have it
    all. So it is no merge unless the edits give the same in the opposite order.
    """
    merged = _fold(case, case.speaking)
    return merged if merged == _fold(case, case.speaking[::-1]) else None


def _fold(case: _Case, voices: Sequence[Voice]) -> str | None:
    text = case.setting.value if case.setting else None
    for voice in voices:
        before = voice.showed(case.setting.value if case.setting else None)
        if not (isinstance(before, str) and isinstance(text, str) and isinstance(voice.value, str)):
            return None
        text = merge(before, text, voice.value)
    return text if isinstance(text, str) else None


def _conclude(case: _Case, verdict: _Verdict) -> Outcome:
    before = case.setting
    touched = before is None or verdict.value != before.value or bool(case.speaking)
    revision = (before.revision if before else 0) + touched
    puts = {voice.connection: voice.put(verdict.value) for voice in case.voices}
    decided = Decided(
        value=verdict.value,
        revision=revision,
        source=verdict.source,
        at=verdict.at,
        bases={voice.connection: voice.raw for voice in case.voices if _acknowledged(voice, puts, verdict)},
        seen={voice.connection: _seen(voice, puts, revision) for voice in case.voices},
    )
    conflict = _conflict(case, puts, verdict)
    notes = [*_unmapped(case)]
    if verdict.hold:
        return Outcome(decided, {}, conflict, tuple(notes), hold=True)
    changes: dict[str, Change] = {}
    for voice in case.voices:
        change, note = _change(voice, puts, decided)
        if change is not None:
            changes[voice.connection] = change
        if note:
            notes.append(Note(case.item, voice.connection, case.name, note))
    return Outcome(decided, changes, conflict, tuple(notes))


_Puts: TypeAlias = Mapping[str, Shown | Refusal]
"""What each replica would show for the value that stands."""


def _acknowledged(voice: Voice, puts: _Puts, verdict: _Verdict) -> bool:
    """Whether what it shows becomes its base. An edit that is not heard does where it is shown, or recorded and written
    over; where it is merely left standing it stays an edit."""
    if not voice.mapped or voice.opaque:
        return False
    if voice.speaks or not voice.edited:
        return True
    return not verdict.hold and isinstance(puts[voice.connection], Shown)


def _seen(voice: Voice, puts: _Puts, revision: int) -> int:
    """A replica that shows the value has seen the revision; an edit made there later is made in sight of it."""
    known = voice.mapped and not voice.opaque and voice.stays(puts[voice.connection])
    return revision if known else voice.replica.seen.get(voice.name, 0)


def _change(voice: Voice, puts: _Puts, decided: Decided) -> tuple[Change | None, str]:
    """What to write there, and what to tell about it."""
    if not voice.mapped:
        return None, ""
    if voice.opaque:
        return None, "edited here, but the tool cannot show all of the item's text: left alone on both sides"
    if voice.name in voice.replica.read_only:
        return None, ""
    shown = puts[voice.connection]
    if isinstance(shown, Refusal):
        return None, shown.reason
    if shown.native == voice.raw or voice.direction is Direction.OUT:
        return None, shown.note
    return Change(voice.raw, shown.native, decided.revision, decided.source, shown.note), shown.note


def _conflict(case: _Case, puts: _Puts, verdict: _Verdict) -> Conflict | None:
    losers = [] if verdict.hold else [voice for voice in case.voices if voice.overwritten_by(puts[voice.connection])]
    if verdict.merged:
        losers = [voice for voice in losers if not voice.speaks or not _contained(voice, puts, verdict)]
    if not verdict.policy and not losers:
        return None
    taking_part = [*case.speaking, *(voice for voice in losers if not voice.speaks)]
    claims = [
        Claim(voice.connection, None if isinstance(voice.value, Unmapped) else voice.value, voice.raw,
              voice.replica.updated_at)
        for voice in taking_part
    ]  # fmt: skip
    if case.setting is not None and (case.behind or not case.speaking):
        claims.append(Claim(case.setting.source, case.setting.value, None, case.setting.at, pending=True))
    winner = None if verdict.hold else Claim(verdict.source, verdict.value, None, verdict.at)
    return Conflict(case.item, case.name, tuple(claims), winner, verdict.policy or "one edit overrides another")


def _contained(voice: Voice, puts: _Puts, verdict: _Verdict) -> bool:
    """Whether what was written there is in the text that was merged, or in what will be shown of that.

    A tool that shows less than the item's text may be given in words what it did not show: that is nothing new to the
    item, and yet somebody's edit where another takes it out.
    """
    lens, shown = voice.replica.lenses[voice.name], puts[voice.connection]
    there = lens.get(shown.native, None) if isinstance(shown, Shown) else ""
    written = _words(lens.get(voice.raw, None)) - _words(voice.showed())
    return written <= _words(verdict.value) | _words(there)


def _words(text: Json | Unmapped) -> set[str]:
    return {one for one in words(text) if not one.isspace()} if isinstance(text, str) else set()


def _held(case: _Case, message: str) -> Outcome:
    """A field with an open conflict is written nowhere; it is released when all the tools agree by themselves.

    One tool alone does not agree with others whose values are not mapped.
    """
    mapped = [voice for voice in case.voices if voice.mapped]
    told = case.complete and (len(mapped) > 1 or len(mapped) == len(case.voices))
    for value in _distinct([voice.value for voice in mapped]) if told else ():
        if all(voice.shows(value) for voice in mapped):
            source = next((voice.connection for voice in mapped if voice.changed), "")
            return _conclude(case, _Verdict(value, source, case.now))
    return Outcome(notes=tuple(Note(case.item, voice.connection, case.name, message) for voice in mapped), hold=True)


def _waiting(case: _Case) -> Outcome:
    """Nothing is known of what was there before, and not all can be compared: nothing is done until they can."""
    message = "waits: nothing is known of what was here before, and another tool that has the item is out of sight"
    unknown = [voice.connection for voice in case.speaking if not voice.trusted]
    return Outcome(notes=tuple(Note(case.item, one, case.name, message) for one in unknown), waits=True)


def _unmapped(case: _Case) -> list[Note]:
    return [
        Note(case.item, voice.connection, case.name, voice.value.reason)
        for voice in case.voices
        if isinstance(voice.value, Unmapped) and voice.value.reason
    ]


def _distinct(values: Sequence[Json | Unmapped]) -> list[Json]:
    found: list[Json] = []
    for value in values:
        if not isinstance(value, Unmapped) and value not in found:
            found.append(value)
    return found
