"""The three sandboxes without sockets or threads, in a virtual time: quick, and the same every time.

The connectors and the vendors' clients run as they are. What the network does is told to `Hooks`, which may make it do
otherwise: `Trio(InProcess(), folder)` is as good as one over HTTP, and single requests can be acted on.
"""

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from email.utils import format_datetime
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from nearby import Reply, Sent, Unreachable, nearby
from planted import admitting
from served import AimedSandbox, Sandboxes
from werkzeug.wrappers import Request

from pmsync.sandbox.faults import Dropped
from pmsync.sandbox.registry import build, names
from pmsync.testing.clock import VirtualClock
from pmsync_asana.sandbox.emulator import AsanaEmulator
from pmsync_asana.sandbox.limits import PAID, Quota
from pmsync_jira.sandbox.emulator import JiraEmulator
from pmsync_jira.sandbox.limits import Limits
from pmsync_trello.sandbox.budget import Budget
from pmsync_trello.sandbox.emulator import Trello

__all__ = ["LATENCY", "Call", "Hooks", "InProcess", "Reply", "Unreachable"]

LATENCY = 0.02
"""How long a request takes, in virtual seconds."""
_PORT = 8701
_places = itertools.count(1)
_free: list[int] = []


@dataclass(frozen=True, slots=True)
class Call:
    """One request on its way: what may be told of it, which is no credential."""

    tool: str
    method: str
    path: str
    """Without its query."""
    route: str
    """As the sandbox counts it: `GET /1/cards/{id}`."""
    is_write: bool
    query: str
    body: bytes
    timeout: float | None
    """How many seconds the client waits for the answer."""


class Hooks:
    """What is done around each request. This does nothing; say what else in a subclass.

    Either may raise: `ConnectionResetError` is a broken connection, `TimeoutError` an answer that does not come in
    time, `Unreachable` no connection at all, and what is no `Exception` a death of the process. `before`: the request
    had no effect; `after`: it had.
    """

    def before(self, call: Call) -> Reply | None:
        """Before the request has any effect. A reply is the answer to it, and the tool never sees it."""
        return None

    def after(self, call: Call, reply: Reply) -> Reply:
        """After its effect. What is returned is what the client gets."""
        return reply


class InProcess(Sandboxes):
    """The sandboxes of all tools, within this process. A context manager: leaving it takes them down."""

    def __init__(
        self,
        options: Mapping[str, Mapping[str, str]] | None = None,
        *,
        hooks: Hooks | None = None,
        latency: float = LATENCY,
        clock: VirtualClock | None = None,
    ) -> None:
        self.clock: VirtualClock = clock or VirtualClock()
        self.hooks = hooks or Hooks()
        self.latency = latency
        self.sandboxes = {}
        self.bases = {}
        self._aside = 0
        self._place = _free.pop(0) if _free else next(_places)
        sites = {}
        for number, name in enumerate(names()):
            emulator = admitting(build(name, self.clock.now, (options or {}).get(name, {})))
            self.sandboxes[name] = AimedSandbox(emulator, clock=self.clock.now, sleep=self.clock.advance)
            host, port = f"127.77.{self._place}.1", _PORT + number
            self.bases[name] = f"http://{host}:{port}"
            sites[host, port] = partial(self._answer, name)
        self._up = ExitStack()
        self._up.enter_context(nearby(sites))

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Requests that no hook is told of, that take no time, and that count nowhere: a look behind the scenes."""
        self._aside += 1
        usual = [(one, one.counted(), _lend(one.emulator, self.clock)) for one in self.sandboxes.values()]
        try:
            yield
        finally:
            for sandbox, counted, limiters in usual:
                sandbox.recount(counted)
                for name, limiter in limiters.items():
                    setattr(sandbox.emulator, name, limiter)
            self._aside -= 1

    @contextmanager
    def unwatched(self) -> Iterator[None]:
        """Requests that no hook is told of: those of people at work in the tools."""
        self._aside += 1
        try:
            yield
        finally:
            self._aside -= 1

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Requests that hooks are told of though it is a hook that has them sent: those of pmsync at work beside."""
        aside, self._aside = self._aside, 0
        try:
            yield
        finally:
            self._aside = aside

    def rewind(self) -> None:
        """Go back to the beginning of time. What the sandboxes hold stays; `reset` them."""
        self.clock.rewind()

    def close(self) -> None:
        """Take them down."""
        self._up.close()
        _free.append(self._place)
        _free.sort()

    def _answer(self, tool: str, sent: Sent, timeout: float | None) -> Reply:
        sandbox = self.sandboxes[tool]
        request = Request(environment(sent))
        request.get_data(cache=True)
        hooked = not self._aside and not request.path.startswith("/_sandbox/")
        if not hooked:
            return self._served(sandbox, request)
        path, _, query = sent.target.partition("?")
        emulator = sandbox.emulator
        call = Call(
            tool, sent.method, path, emulator.route(request), emulator.writes(request), query, sent.body, timeout
        )
        self.clock.advance(self.latency / 2)
        with self.unwatched():
            given = self.hooks.before(call)
        reply = self._dated(given) if given is not None else self._served(sandbox, request)
        if given is None:
            with self.unwatched():
                reply = self.hooks.after(call, reply)
        self.clock.advance(self.latency / 2)
        return reply

    def _served(self, sandbox: AimedSandbox, request: Request) -> Reply:
        try:
            response = sandbox.dispatch(request)
        except Dropped as dropped:
            self.clock.advance(dropped.hold)
            if dropped.hold:
                raise TimeoutError("timed out") from None
            raise
        return self._dated(Reply(response.status_code, tuple(response.headers.items()), response.get_data()))

    def _dated(self, reply: Reply) -> Reply:
        if reply.header("Date") is not None:
            return reply
        date = ("Date", format_datetime(self.clock.now(), usegmt=True))
        return replace(reply, headers=(("Server", "sandbox"), date, *reply.headers))


def _lend(emulator: Any, clock: VirtualClock) -> dict[str, Any]:
    """Give an emulator limiters of which nothing is used up. Answers its own, by their names."""
    fresh: dict[str, Any]
    match emulator:
        case Trello():
            fresh = {"_budget": Budget(clock.now)}
        case JiraEmulator():
            fresh = {"limits": Limits()}
        case AsanaEmulator():
            fresh = {"_quota": Quota(PAID, clock.now), "_searches": Quota(PAID, clock.now)}
        case _:
            fresh = {}
    usual = {name: getattr(emulator, name) for name in fresh}
    for name, limiter in fresh.items():
        setattr(emulator, name, limiter)
    return usual


def environment(sent: Sent) -> dict[str, Any]:
    """A request as WSGI has it."""
    path, _, query = sent.target.partition("?")
    host, _, port = sent.headers["host"].partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": sent.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": sent.target,
        "RAW_URI": sent.target,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.input": BytesIO(sent.body),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in sent.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    # What was sent in chunks is here in one piece.
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(sent.body))
    return environ
