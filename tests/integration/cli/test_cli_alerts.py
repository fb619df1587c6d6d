"""`check --alerts`: whether alerts arrive."""

from commands import Desk
from receiving import hook, post


def _alerts(desk: Desk, *words: str) -> list[tuple[str, str]]:
    """The findings of a check that are about alerts."""
    found = desk.run("check", "--json", *words).document["findings"]
    return [(one["severity"], one["message"]) for one in found if "alert" in one["message"]]


def test_a_test_alert_is_sent_to_each_and_its_outcome_is_a_finding(desk: Desk) -> None:
    with hook() as heard, post() as sink:
        mail = f"{{to: ops@acme.io, from: p@acme.io, server: 127.0.0.1, port: {sink.port}, security: none}}"
        desk.write(more=f"alerts: {{url: '{heard.url}', secret: hush-hush, email: {mail}}}\n")
        assert _alerts(desk) == []
        assert heard.got == [], "nobody asked for it"
        assert _alerts(desk, "--alerts") == [
            ("info", "alerts.url took a test alert: see whether it arrived"),
            ("info", "alerts.email took a test alert: see whether it arrived"),
        ]
        (posted,) = heard.got
        assert (posted.document["kind"], posted.document["severity"]) == ("test", "info")
        assert "X-Pmsync-Signature" in posted.headers
        assert len(sink.mails) == 1
        heard.answers = [404]
        shown = desk.run("check", "--alerts")
    assert shown.code == 1
    assert "error alerts: a test alert could not be sent: alerts.url answered 404" in " ".join(shown.out.split())
    assert "zq7secretOfTheHook" not in shown.out + shown.err


def test_where_nobody_gets_alerts_that_is_told(desk: Desk) -> None:
    assert _alerts(desk, "--alerts") == [("error", "nobody gets alerts")]
    assert desk.run("check", "--alerts").code == 1
