"""pmsync broken on purpose, in one way at a time: what the simulation must find, so that its silence means something.

Each mutant is a switch on the engine as it is, thrown for the time of a run and known to nothing but this table.
`found` is how many seeds, from 0 up, the simulation took to find it; a test lets it take four times as many. Where one
defence would hide that another lacks, both are switched off, and `what` says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.simulation import ways
from tests.simulation.beginnings import forget
from tests.simulation.ways import Patch


@dataclass(frozen=True, slots=True)
class Mutant:
    """One way of being wrong."""

    what: str
    patches: Callable[[], Sequence[Patch]]
    found: int

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Have pmsync broken inside."""
        kept = []
        try:
            for owner, name, value in self.patches():
                kept.append((owner, name, owner.__dict__[name] if isinstance(owner, type) else getattr(owner, name)))
                setattr(owner, name, value)
            forget()
            yield
        finally:
            for owner, name, value in reversed(kept):
                setattr(owner, name, value)
            forget()


CANARY = "no seen revision"

MUTANTS: Mapping[str, Mutant] = {
    "no marker": Mutant("objects are made without a marker", ways.no_marker, 2),
    "marker trusted": Mutant("a marker is believed whoever made the object", ways.marker_trusted, 41),
    "delta against the item": Mutant("sets differ from the item, not the own base", ways.delta_against_the_item, 27),
    "labels: last writer wins": Mutant("sets are settled as one value", ways.labels_last_writer_wins, 173),
    CANARY: Mutant("what a replica has not shown yet does not count as pending", ways.no_seen_revision, 3),
    "eager seen revision": Mutant("a replica counts as up to date before it was written", ways.eager_seen_revision, 19),
    "revision only with the value": Mutant(
        "an edit within one schema value raises no revision", ways.revision_only_with_the_value, 144
    ),
    "silent conflict": Mutant("the loser is not recorded", ways.silent_conflict, 1),
    "conflicts of values only": Mutant(
        "an edit within one schema value is overwritten unrecorded", ways.conflicts_of_values_only, 71
    ),
    "conflicts in the state only": Mutant(
        "a restored state forgets its conflicts", ways.conflicts_not_in_the_audit_log, 3
    ),
    "no reading again": Mutant("written without a look right before", ways.no_reading_again, 3),
    "no look afterwards": Mutant("the tool's history is not asked what was covered", ways.no_look_afterwards, 5),
    "no look at all": Mutant("neither before nor after", ways.neither_reading_again_nor_a_look_afterwards, 3),
    "lost answer is a failure": Mutant(
        "a create of unknown outcome is sent again", ways.lost_answer_taken_for_a_failure, 45
    ),
    "no intent for creates": Mutant("a create of unknown outcome is forgotten", ways.no_intent_for_creates, 45),
    "search lag ignored": Mutant("what a lagging search lacks is made again, and stays", ways.search_lag_ignored, 45),
    "intents dropped": Mutant("a write of unknown outcome is forgotten", ways.intents_dropped_at_a_failure, 111),
    "lost update arrived": Mutant("a write of unknown outcome is believed", ways.lost_update_taken_as_arrived, 5),
    "lost update failed": Mutant(
        "a write of unknown outcome is somebody's edit", ways.lost_update_taken_as_not_arrived, 334
    ),
    "delete in one pass": Mutant("one 404 and a look are enough", ways.delete_in_one_pass, 92),
    "delete on absence": Mutant("one 404 is enough", ways.delete_on_absence, 92),
    "absence is deletion": Mutant("what a listing lacks is deleted", ways.absence_from_a_listing_is_deletion, 3),
    "deletion beats an edit": Mutant("an edit elsewhere does not hold a deletion", ways.deletion_beats_an_edit, 31),
    "the filter ends": Mutant(
        "what leaves the filter is archived everywhere", ways.leaving_the_filter_ends_the_item, 3
    ),
    "unmapped is overwritten": Mutant("what the mapping does not know is replaced", ways.unmapped_is_overwritten, 62),
    "needless write": Mutant("what shows the value already is written", ways.needless_write, 1),
    "sets written whole": Mutant("a set is replaced, not changed", ways.sets_written_whole, 98),
    "adopted bases trusted": Mutant("what a match shows is taken as acknowledged", ways.adopted_bases_trusted, 1),
    "recovered creates trusted": Mutant(
        "an edit of a create that crashed is missed", ways.recovered_creates_trusted, 148
    ),
    "bases not kept": Mutant("our own write comes back as an edit", ways.bases_not_kept_after_a_write, 3),
    "no overlap": Mutant("what a late index shows is never read", ways.read_only_what_is_new, 81),
    "cursor runs ahead": Mutant(
        "what a failed reading lacked is never read", ways.cursor_moves_though_the_reading_failed, 883
    ),
    "clean too early": Mutant("a failed write is not tried again", ways.clean_though_a_write_failed, 2),
    "holds ignored": Mutant("a conflict that waits for a person is written over", ways.holds_ignored, 3),
    "no fence": Mutant("a restored state is believed", ways.no_fence, 102),
    "partial evidence": Mutant(
        "an item and its fields are decided with a replica out of sight and no base",
        ways.partial_evidence_is_enough,
        95,
    ),
    "no healing": Mutant("what was made twice stays", ways.no_healing, 59),
    "strangers forgotten": Mutant(
        "a crash before the matching makes strangers old", ways.strangers_forgotten_after_a_crash, 4
    ),
    "pending does not count": Mutant("a value on its way is no contender", ways.the_pending_value_does_not_count, 3),
    "made again": Mutant("what was unlinked is made again", ways.left_replicas_are_made_again, 3),
    "the owner always wins": Mutant("an uncontested edit elsewhere is written over", ways.the_owner_always_wins, 1),
    "newer body": Mutant(
        "what a create was sent is forgotten, and no history asked", ways.unanswered_bodies_forgotten, 117
    ),
    "comment sent twice": Mutant("the mark of a mirror is not read", ways.marks_unread, 18),
    "hidden shown": Mutant("what is for insiders travels", ways.insiders_overheard, 18),
    "half-read list deletes": Mutant(
        "a list that breaks off is whole, and one is enough", ways.half_a_list_is_whole, 18
    ),
    "mirrors stay as they are": Mutant("an edit of a comment is not followed", ways.mirrors_never_edited, 33),
    "departure forgotten": Mutant(
        "a crash while twins are put away leaves the rest", ways.departures_forgotten_first, 26
    ),
}
