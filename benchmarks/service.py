"""The service as real processes here: how soon it acknowledges, how soon a change arrives, what a storm costs."""

import hashlib
import hmac
import json
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import requests

from benchmarks.figures import Figure
from benchmarks.sandboxes import sandboxes

_SECRET = "benchmark-secret"
_CONFIG = """
version: 1
state: {state}
connections:
  engineering: {{connector: jira, url: "{jira}", credentials: {{email: pmsync@example.com, token: sandbox-pmsync}},
                 scope: {{project: ENG}}, mapping: jira-software, webhook: {{url: "{base}", secret: {secret}}}}}
  delivery: {{connector: asana, url: "{asana}", credentials: {{token: sandbox-pmsync}}, scope: {{project: Launch}},
              mapping: asana-sections, webhook: {{url: "{base}"}}}}
syncs:
  all:
    members: {{engineering: {{role: engineering}}, delivery: {{role: delivery}}}}
    create: {{engineering: [delivery]}}
    backfill: true
    limits: {{creates: 100000, changes: 100000}}
polling: {{every: 1h}}
secret_key: a-key-for-the-benchmark-only
"""
_PMSYNC = (sys.executable, "-W", "ignore", "-m", "pmsync")
_SENDERS = 32


@dataclass(slots=True)
class Bench:
    """A set-up: sandboxes with issues in Jira, their twins in Asana, and processes of the service."""

    bases: Mapping[str, str]
    folder: Path
    port: int
    issues: list[str] = field(default_factory=list)
    running: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *words: str) -> None:
        """Start a process that stays."""
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            config = ["--config", str(self.folder / "config.yaml")]
            self.running.append(subprocess.Popen([*_PMSYNC, *words, *config], stdout=log, stderr=log))

    def run(self, *words: str) -> str:
        """Run a command to its end; what it prints."""
        command = [*_PMSYNC, *words, "--json", "--config", str(self.folder / "config.yaml")]
        return subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout

    def until(self, holds: Callable[[], bool], seconds: float = 600.0) -> float:
        """Wait until something holds; how long it took."""
        began = time.perf_counter()
        while not holds():
            if time.perf_counter() - began > seconds:
                raise TimeoutError((self.folder / "serve.log").read_text()[-3000:])
            time.sleep(0.01)
        return time.perf_counter() - began

    def waiting(self) -> int:
        """How much waits to be looked at."""
        return int(requests.get(f"{self.base}/readyz", timeout=60).json()["queue"]["waiting"])

    def idle(self) -> bool:
        """Whether nothing does."""
        return self.waiting() == 0

    def requests(self) -> dict[str, int]:
        """What the tools were asked so far."""
        return {
            name: requests.get(f"{base}/_sandbox/requests", timeout=60).json()["total"]
            for name, base in self.bases.items()
            if name != "trello"
        }

    def resident(self) -> float:
        """The memory of the first process, in MiB."""
        status = Path(f"/proc/{self.running[0].pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def run(events: int, items: int, state: str = "") -> list[Figure]:
    """`state`: where it is kept; a file unless that is said."""
    where = "on PostgreSQL" if state else "embedded"
    with _bench(items, state) as bench:
        bench.start("serve", "--port", str(bench.port))
        bench.until(lambda: _answers(bench))
        bench.run("webhooks", "install")
        bench.until(bench.idle)
        return [
            _latencies(bench, 100, where),
            _acknowledged(bench, events, 200.0, where),
            _storm(bench, 5_000, where),
        ]


def workers(events: int, items: int, state: str, many: Sequence[int] = (1, 2, 4)) -> list[Figure]:
    """How much faster several processes look at what has piled up. `state` is on PostgreSQL."""
    figures = []
    for number in many:
        with _bench(items, state) as bench:
            bench.start("serve", "--port", str(bench.port))
            bench.until(partial(_answers, bench))
            for _ in range(number - 1):
                bench.start("worker")
            bench.until(bench.idle)
            before = sum(bench.requests().values())
            began = time.perf_counter()
            _send(bench, _deliveries(bench, events), 1e9)
            bench.until(bench.idle)
            wall = time.perf_counter() - began
            asked = sum(bench.requests().values()) - before
            note = f"{number} processes: {events / wall:.0f} events/s, {asked / wall:.0f} requests/s"
            figures.append(Figure(f"{events} events looked at", items, wall, 0.0, 0.0, {}, note))
    return figures


def _latencies(bench: Bench, edits: int, where: str) -> Figure:
    """From an edit's answer in Jira to its being in Asana, by the webhooks of the sandboxes."""
    taken = []
    before = bench.requests()
    began = time.perf_counter()
    for number in range(edits):
        issue, title = random.Random(number).choice(bench.issues), f"Edited {number}"
        answer = requests.put(
            f"{bench.bases['jira']}/rest/api/3/issue/{issue}",
            json={"fields": {"summary": title}},
            auth=("grace@example.com", "sandbox-grace"),
            timeout=30,
        )
        answer.raise_for_status()
        taken.append(1000 * bench.until(partial(_is_in_asana, bench, title), 60))
    asked = {name: count - before[name] for name, count in bench.requests().items()}
    told = f"p50 {_at(taken, 50):.0f} ms, p99 {_at(taken, 99):.0f} ms"
    return Figure(f"an edit is in the other tool, {where}", edits, time.perf_counter() - began, 0, 0, asked, told)


def _is_in_asana(bench: Bench, title: str) -> bool:
    return title in _asana(bench)


def _asana(bench: Bench) -> str:
    return requests.get(f"{bench.bases['asana']}/_sandbox/state", timeout=30).text


def _acknowledged(bench: Bench, events: int, rate: float, where: str) -> Figure:
    """Deliveries at a rate, until all that they are about was looked at."""
    before, memory, began = bench.requests(), bench.resident(), time.perf_counter()
    taken = _send(bench, _deliveries(bench, events), rate)
    sent = time.perf_counter() - began
    bench.until(bench.idle)
    wall = time.perf_counter() - began
    asked = {name: count - before[name] for name, count in bench.requests().items()}
    told = (
        f"{events / sent:.0f}/s, acknowledged p50 {_at(taken, 50):.0f} ms, p99 {_at(taken, 99):.0f} ms; "
        f"{sum(asked.values()) / events:.2f} requests an event; resident {memory:.0f} to {bench.resident():.0f} MiB"
    )
    return Figure(f"{events} deliveries, {where}", len(bench.issues), wall, 0, 0, asked, told)


def _storm(bench: Bench, events: int, where: str) -> Figure:
    """Every delivery twice, in any order, as fast as they are taken."""
    sent = _deliveries(bench, events // 2) * 2
    random.Random(7).shuffle(sent)
    before, shown, began = bench.requests(), _asana(bench), time.perf_counter()
    _send(bench, sent, 1e9)
    bench.until(bench.idle)
    wall = time.perf_counter() - began
    asked = {name: count - before[name] for name, count in bench.requests().items()}
    note = "nothing was changed by it" if _asana(bench) == shown else "IT CHANGED SOMETHING"
    return Figure(f"a storm of {events} doubled and shuffled, {where}", len(bench.issues), wall, 0, 0, asked, note)


def _deliveries(bench: Bench, events: int) -> list[tuple[str, bytes]]:
    """Jira's, each with its id, about issues that are there and have not changed."""
    drawn = random.Random(events)
    made = []
    for number in range(events):
        issue = drawn.choice(bench.issues)
        body = {"timestamp": 1, "webhookEvent": "jira:issue_updated", "issue": {"id": issue, "key": f"ENG-{issue}"}}
        made.append((f"{time.time_ns()}-{number}", json.dumps(body).encode()))
    return made


def _send(bench: Bench, deliveries: Sequence[tuple[str, bytes]], rate: float) -> list[float]:
    """Send them; the milliseconds until each was acknowledged."""
    local = threading.local()
    began = time.perf_counter()

    def one(number: int) -> float:
        session = getattr(local, "session", None)
        if session is None:
            session = local.session = requests.Session()
        due = began + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        name, body = deliveries[number]
        signed = "sha256=" + hmac.new(_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Hub-Signature": signed, "X-Atlassian-Webhook-Identifier": name}
        at = time.perf_counter()
        answer = session.post(f"{bench.base}/webhooks/engineering", data=body, headers=headers, timeout=60)
        answer.raise_for_status()
        return (time.perf_counter() - at) * 1000

    with ThreadPoolExecutor(_SENDERS) as pool:
        return list(pool.map(one, range(len(deliveries))))


def _at(taken: Sequence[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100)[percent - 1]


def _answers(bench: Bench) -> bool:
    try:
        return requests.get(f"{bench.base}/healthz", timeout=30).ok
    except requests.ConnectionError:
        return False


@contextmanager
def _bench(items: int, state: str) -> Iterator[Bench]:
    with sandboxes() as bases, tempfile.TemporaryDirectory(prefix="pmsync-bench-") as folder:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = int(taken.getsockname()[1])
        bench = Bench(bases, Path(folder), port)
        where = state or f"sqlite:///{folder}/pmsync.db"
        config = _CONFIG.format(**bases, state=where, base=bench.base, secret=_SECRET)
        (bench.folder / "config.yaml").write_text(config, encoding="utf-8")
        bench.issues = _fill(bases["jira"], items)
        bench.run("sync")
        try:
            yield bench
        finally:
            for one in bench.running:
                one.send_signal(signal.SIGTERM)
            for one in bench.running:
                one.wait(60)


def _fill(base: str, items: int) -> list[str]:
    """Make issues; their ids."""
    made: list[str] = []
    auth = ("grace@example.com", "sandbox-grace")
    for start in range(0, items, 50):
        some = [
            {"fields": {"project": {"key": "ENG"}, "issuetype": {"name": "Task"}, "summary": f"Issue {number}"}}
            for number in range(start, min(items, start + 50))
        ]
        answer = requests.post(f"{base}/rest/api/3/issue/bulk", json={"issueUpdates": some}, auth=auth, timeout=60)
        answer.raise_for_status()
        made += [one["id"] for one in answer.json()["issues"]]
    return made
