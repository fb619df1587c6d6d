"""What people may want an item to be, as native values of the real tools."""

import random
from collections.abc import Sequence

from tests.simulation.chance import Swarm, rewordings
from tests.simulation.grounds import Grounds
from tests.simulation.hands import Hands

from pmsync.model.fields import Field, Json
from pmsync.model.native import Native


class Wishes:
    """Draws them: from very few where the run's character says so, so that edits meet."""

    def __init__(self, swarm: Swarm, rng: random.Random, grounds: Grounds) -> None:
        self._tiny = swarm.tiny
        self._rng = rng
        self._grounds = grounds
        self._tokens = 0

    def values(self, connection: str, now: Native, name: Field, hands: Hands) -> Sequence[Json]:
        """Some values that the field could be given; the present one may be among them."""
        observer = self._grounds.observers[connection]
        match name:
            case Field.TITLE:
                return ("Pay", "Pay by card", "Refund") if self._tiny else (self._token("title"),)
            case Field.STATUS:
                return hands.places(now)
            case Field.LABELS:
                wanted = ("red", "blue", "two words") if self._tiny else (self._token("l"), "red")
                forbidden = set(observer.capabilities.label_forbidden)
                return _sets(now.fields[name], [one for one in wanted if not set(one) & forbidden])
            case Field.ASSIGNEES:
                people = self._grounds.people[connection]
                if observer.capabilities.single_assignee:
                    return [[], *(list[Json]([one]) for one in people)]
                return _sets(now.fields[name], people)
            case Field.DUE:
                day = f"2026-06-{self._rng.randint(1, 2 if self._tiny else 28):02}"
                return (f"{day}T11:00:00.000Z" if connection == "product" else day, None)
            case Field.DESCRIPTION:
                return [observer.dialect.write(text).document for text in self._texts(connection, now)]
            case Field.PRIORITY:
                return self._grounds.priorities[connection]
            case _:
                return ()

    def _texts(self, connection: str, now: Native) -> Sequence[str]:
        text = self._grounds.observers[connection].dialect.read(now.fields[Field.DESCRIPTION]).markdown.strip()
        token = self._rng.choice(("alpha", "beta")) if self._tiny else self._token("word")
        return rewordings(text, token, self._rng)

    def _token(self, kind: str) -> str:
        self._tokens += 1
        return f"{kind}{self._tokens}"


def _sets(now: Json, domain: Sequence[str]) -> Sequence[Json]:
    present = [str(one) for one in now] if isinstance(now, list) else []
    free = [one for one in domain if one not in present]
    found: list[Json] = [list[Json]([*present, one]) for one in free]
    return found + [list[Json](other for other in present if other != one) for one in present]
