"""Alerts of a service that really runs: a tool that lets nobody in is told, and told again when it does."""

from pathlib import Path

import pytest
from receiving import Hook, Posted, hook
from serving import Serving
from werkzeug.wrappers import Request, Response

from pmsync.sandbox.app import answer

pytestmark = pytest.mark.timeout(600)


def test_a_token_that_is_refused_is_told_and_that_it_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hook() as heard:
        alerts = {"url": heard.url, "secret": "hush-hush", "after": "1s"}
        with Serving(tmp_path, polling={"every": "2s"}, alerts=alerts) as serving:

            def told() -> list[str]:
                return [one.document["status"] for one in _of_jira(heard)]

            def refuse(_: Request) -> Response:
                return answer({"errorMessages": ["Client must be authenticated to access this resource."]}, 401)

            process = serving.serve()
            serving.until(lambda: serving.ready()["ready"], "every tool is read")
            before = len(told())
            with monkeypatch.context() as broken:
                broken.setattr(serving.trio.served.sandboxes["jira"].emulator, "handle", refuse)
                serving.until(lambda: len(told()) > before, "the alert")
            serving.until(lambda: told()[-1] == "cleared", "that it is well again")
            assert serving.stop(process) == 0
            logs = serving.logs()
    first = _of_jira(heard)[before]
    # On a machine that is slow enough nothing has been read for three periods before a pass has found out why.
    assert first.document["kind"] == "stale" or "credentials" in first.document["message"]
    assert first.document["instance"]
    assert first.headers["X-Pmsync-Signature"].startswith("sha256=")
    for secret in ("zq7secretOfTheHook", "hush-hush"):
        assert secret not in logs
        assert secret.encode() not in b"".join(one.body for one in heard.got)


def _of_jira(heard: Hook) -> list[Posted]:
    """What was told of Jira itself; that no webhook was registered is told too."""
    documents = ((one, one.document) for one in heard.got)
    return [one for one, said in documents if said["connection"] == "engineering" and said["kind"] != "webhook"]
