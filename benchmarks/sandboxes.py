"""The three sandboxes for a measurement, in a process of their own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def sandboxes() -> Iterator[Mapping[str, str]]:
    """All three in a process of their own, on free ports."""
    code = (
        "import json, threading\n"
        "from pmsync.sandbox.server import Running\n"
        "with Running(0) as running:\n"
        "    print(json.dumps(running.bases), flush=True)\n"
        "    threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()
