"""Who gets alerts: read whole or refused with every problem, and no secret of theirs in sight."""

import pytest
from tests.unit.config.conftest import ENVIRON, RIGHT, Broken, Load

from pmsync.config import redacted, secrets
from pmsync.config.settings import Alerts, Mail, Security

URL = "https://hooks.acme.io/services/T0/zq7secretOfTheHook"
MAIL = "email: {to: ops@acme.io, from: pmsync@acme.io, server: smtp.acme.io"


def test_nobody_gets_alerts_unless_the_config_says_who(loaded: Load) -> None:
    assert loaded().alerts == Alerts()
    assert not loaded(f"{RIGHT}alerts: {{after: 1m}}\n").alerts.wanted


def test_both_ways_are_read(loaded: Load) -> None:
    text = f"{RIGHT}alerts: {{url: '${{HOOK}}', secret: hush-hush, {MAIL}, user: me, password: hunter2000}}}}\n"
    config = loaded(text, {**ENVIRON, "HOOK": URL})
    mail = Mail(("ops@acme.io",), "pmsync@acme.io", "smtp.acme.io", 587, "me", "hunter2000", Security.STARTTLS)
    assert config.alerts == Alerts(URL, "hush-hush", mail, 900.0)
    assert config.alerts.wanted
    assert {URL, "services/T0/zq7secretOfTheHook", "zq7secretOfTheHook", "hush-hush", "hunter2000"} <= set(
        secrets(config)
    )
    for shown in (repr(config), str(redacted(config))):
        assert not [one for one in ("zq7", "hush-hush", "hunter2000") if one in shown]


@pytest.mark.parametrize(
    ("said", "key", "message"),
    [
        ("url: http://hooks.acme.io/x", "alerts.url", "must begin with https:// (http:// only to this machine)"),
        ("url: 'https://me:zq7x@hooks.acme.io/'", "alerts.url", "must be an address such as https://hooks.acme.io/…"),
        ("url: zq7x", "alerts.url", "must be an address such as https://hooks.acme.io/…"),
        ("url: 'https://[zq7x'", "alerts.url", "must be an address such as https://hooks.acme.io/…"),
        ("secret: hush-hush", "alerts.secret", "signs what is posted to `url`, which is missing"),
        ("after: 15", "alerts.after", "must be a duration with its unit"),
        ("email: {to: ops@acme.io, server: s}", "alerts.email.from", "missing"),
        (f"{MAIL}, port: 0}}", "alerts.email.port", "must be greater than or equal to 1"),
        (f"{MAIL}, security: none}}", "alerts.email.security", "only to this machine"),
        (f"{MAIL}, security: ssl}}", "alerts.email.security", "must be 'starttls', 'tls' or 'none'"),
        (f"{MAIL}, user: me}}", "alerts.email.user", "needs `password` beside it"),
        (f"{MAIL}, password: zq7x}}", "alerts.email.password", "needs `user` beside it"),
        ("email: {to: [], from: a@b, server: s}", "alerts.email.to", "at least 1 item"),
        ("email: {to: 'Ops <a@b>', from: a@b, server: s}", "alerts.email.to.0", "must be an address such as ops@"),
        ("colour: red", "alerts.colour", "unknown key"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(broken: Broken, said: str, key: str, message: str) -> None:
    problems = broken(("version: 1", f"version: 1\nalerts: {{{said}}}"))
    assert [one.key for one in problems] == [key]
    assert problems[0].line == 2
    assert message in problems[0].message
    assert "zq7" not in str(problems[0])


def test_a_config_that_is_wrong_elsewhere_does_not_show_the_address(broken: Broken) -> None:
    people = "people: {ada: {product: x}, bob: {product: x}, zq7secretOfTheHook: {product: x}}"
    problems = broken(("version: 1", f"version: 1\nalerts: {{url: '{URL}'}}\nconnector: {URL}\nzone: {URL}\n{people}"))
    assert problems
    assert "zq7" not in " ".join(one.message for one in problems)
    create = ("create: {product: [engineering]}", "create: {product: [zq7secretOfTheHook]}")
    problems = broken(("version: 1", f"version: 1\nalerts: {{url: '{URL}'}}"), create)
    assert problems[0].message == "'***' is not a member of this sync"


def test_this_machine_needs_no_tls(loaded: Load) -> None:
    mail = MAIL.replace("smtp.acme.io", "127.0.0.1")
    alerts = loaded(f"{RIGHT}alerts: {{url: 'http://localhost:9/x', {mail}, security: none}}}}\n").alerts
    assert alerts.email is not None
    assert alerts.email.security is Security.NONE
