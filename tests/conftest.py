"""No test may let a planted credential out: neither into what it prints and reports, nor into any file that it leaves.

A test whose output has one fails. The files are searched once, at the end, all of them but the configs, which are where
credentials belong; the run fails if one is found, and names the files.
"""

import signal
from collections.abc import Generator

import pytest
from depth import DEEP
from hypothesis import settings
from planted import NEVER, found_in, leaks
from states import spare_the_disk

from pmsync.connector.redaction import redacted

_FOUND = pytest.StashKey[list[str]]()

spare_the_disk()

# A usual run draws the same examples each time, so that a commit passes or fails by what is in it. New ones are drawn,
# and many more of them, where somebody is there to see what they find.
settings.register_profile("pmsync", derandomize=not DEEP)
settings.load_profile("pmsync")


def pytest_configure() -> None:
    # A shell has what it starts in the background ignore interrupts, and so would all that the tests start in turn.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    told = [report.longreprtext, *(text for _, text in report.sections)]
    leaked = sorted({secret for text in told for secret in found_in(text)})
    if leaked:
        report.outcome = "failed"
        told_of = ", ".join(one[:14] for one in leaked)
        report.longrepr = f"credentials were printed or raised: {told_of}…\n{redacted(report.longreprtext, NEVER)}"
        report.sections = [(title, redacted(text, NEVER)) for title, text in report.sections]
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return  # The one that started the workers looks at all their files.
    factory = getattr(session.config, "_tmp_path_factory", None)
    base = getattr(factory, "_basetemp", None)
    found = leaks(base) if base is not None else []
    session.config.stash[_FOUND] = found
    if found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in terminalreporter.config.stash.get(_FOUND, []):
        terminalreporter.write_line(f"CREDENTIAL LEFT IN {line}", red=True)
