"""From a method and a path to the function that answers, with the template for the request log."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from pmsync_trello.sandbox.call import Call
from pmsync_trello.sandbox.world import World

Handler = Callable[..., Any]
"""Takes the world, the call and what the path's placeholders stand for, in order; gives JSON."""

_PLURAL = {"card": "cards", "board": "boards", "list": "lists", "member": "members", "label": "labels"}
"""The singular names of old still work, and py-trello uses one."""


@dataclass(frozen=True, slots=True)
class Route:
    """`template` as in the official document, without the version: `cards/{id}/actions`."""

    verb: str
    template: str
    handler: Handler

    def match(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        """What the placeholders stand for; None if the path is another."""
        captures = []
        for part, given in zip(self.template.split("/"), path, strict=True):
            if part.startswith("{"):
                captures.append(given)
            elif part != given:
                return None
        return tuple(captures)


@dataclass(slots=True)
class Router:
    """All routes. Of two that match, the one with fewer placeholders answers."""

    _routes: dict[tuple[str, int], list[Route]] = field(default_factory=dict)

    @classmethod
    def of(cls, routes: Iterable[Route]) -> "Router":
        router = cls()
        for route in sorted(routes, key=lambda route: route.template.count("{")):
            key = (route.verb, len(route.template.split("/")))
            router._routes.setdefault(key, []).append(route)
        return router

    def find(self, verb: str, path: tuple[str, ...]) -> tuple[Route, tuple[str, ...]] | None:
        """The route for a path, and what its placeholders stand for."""
        first = _PLURAL.get(path[0], path[0]) if path else ""
        path = (first, *path[1:])
        for route in self._routes.get((verb, len(path)), ()):
            captures = route.match(path)
            if captures is not None:
                return route, captures
        return None

    def answer(self, world: World, call: Call) -> Any | None:
        """The JSON that answers the call; None where there is no such route. Raises Refused."""
        found = self.find(call.verb, call.path)
        if found is None:
            return None
        route, captures = found
        return route.handler(world, call, *captures)
