"""Alerts over real sockets: posted and signed, mailed over TLS that is checked; and no secret in what goes wrong."""

import email
import email.policy
import hashlib
import hmac
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from receiving import HOST, certified, hook, post

from pmsync.config.settings import Alerts, Mail, Security
from pmsync.errors import PmsyncError, RejectedError, TransientError
from pmsync.jobs.notices import trial
from pmsync.jobs.notify import Mailing, Posting, channels, try_all

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DOCUMENT = trial("0123abcd", NOW)
PASSWORD = "zq7mailPassword"


def _mail(port: int, security: Security = Security.STARTTLS, user: str = "pmsync") -> Mail:
    return Mail(("ops@acme.io", "duty@acme.io"), "pmsync@acme.io", HOST, port, user, PASSWORD, security)


def _fails(channel: Posting | Mailing) -> PmsyncError:
    with pytest.raises(PmsyncError) as caught:
        channel.send(DOCUMENT, "0123abcd-7", NOW)
    assert caught.value.__cause__ is None
    for secret in ("zq7", "/services", PASSWORD):
        assert secret not in str(caught.value)
    return caught.value


def test_a_document_is_posted_and_signed() -> None:
    with hook() as heard:
        Posting(heard.url, "a-secret").send(DOCUMENT, "0123abcd-7", NOW)
    (posted,) = heard.got
    assert posted.document == DOCUMENT
    assert posted.path == "/services/T0/zq7secretOfTheHook"
    assert posted.headers["Content-Type"] == "application/json"
    assert posted.headers["X-Pmsync-Delivery"] == "0123abcd-7"
    signature = hmac.new(b"a-secret", posted.body, hashlib.sha256).hexdigest()
    assert posted.headers["X-Pmsync-Signature"] == f"sha256={signature}"


def test_without_a_secret_nothing_is_signed() -> None:
    with hook() as heard:
        Posting(heard.url).send(DOCUMENT, "1", NOW)
    assert "X-Pmsync-Signature" not in heard.got[0].headers


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, RejectedError), (404, TransientError), (429, TransientError), (500, TransientError), (302, TransientError)],
)
def test_any_answer_but_a_good_one_is_an_error_and_no_redirect_is_followed(
    status: int, kind: type[PmsyncError]
) -> None:
    with hook() as heard:
        heard.answers = [status]
        error = _fails(Posting(heard.url))
        assert len(heard.got) == 1
    assert type(error) is kind
    assert str(status) in str(error)


def test_where_nobody_listens_is_told_without_the_address() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        assert "ConnectionRefusedError" in str(_fails(Posting(f"http://{HOST}:{port}/services/zq7secret")))
        _fails(Mailing(_mail(port)))


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_mail_goes_over_tls(security: Security, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post(context, at_once=security is Security.TLS) as sink:
        Mailing(_mail(sink.port, security)).send(DOCUMENT, "0123abcd-7", NOW)
    assert [one for one in sink.heard if one.startswith("RCPT")] == ["RCPT TO:<ops@acme.io>", "RCPT TO:<duty@acme.io>"]
    encrypted = sink.heard.index("TLS")
    assert all(sink.heard.index(one) > encrypted for one in sink.heard if one.startswith(("AUTH", "MAIL", "DATA")))
    assert any(one.startswith("AUTH") for one in sink.heard)
    message = email.message_from_string(sink.mails[0], policy=email.policy.default)
    assert message["Subject"] == "pmsync: this is a test: nothing is amiss"
    assert (message["From"], message["To"]) == ("pmsync@acme.io", "ops@acme.io, duty@acme.io")
    assert message["Message-ID"] == "<pmsync-0123abcd-7@acme.io>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "kind: test" in str(message.get_content())


@pytest.mark.parametrize("security", [Security.STARTTLS, Security.TLS])
def test_a_server_whose_certificate_nobody_signed_gets_neither_password_nor_mail(
    security: Security, tmp_path: Path
) -> None:
    context, _ = certified(tmp_path)
    with post(context, at_once=security is Security.TLS) as sink:
        assert "SSLCertVerificationError" in str(_fails(Mailing(_mail(sink.port, security))))
    assert not any(one.startswith(("AUTH", "MAIL")) for one in sink.heard)
    assert sink.mails == []


def test_a_server_without_tls_gets_neither_password_nor_mail() -> None:
    with post() as sink:
        _fails(Mailing(_mail(sink.port)))
    assert not any(one.startswith(("AUTH", "MAIL")) for one in sink.heard)


def test_on_this_machine_mail_may_go_without() -> None:
    with post() as sink:
        Mailing(_mail(sink.port, Security.NONE, user="")).send({**DOCUMENT, "text": "Größe"}, "7", NOW)
    message = email.message_from_string(sink.mails[0], policy=email.policy.default)
    assert message["Subject"] == "Größe"
    assert not any(one.startswith("AUTH") for one in sink.heard)


@pytest.mark.parametrize("verb", ["EHLO", "AUTH", "MAIL", "RCPT", "DATA"])
def test_a_server_that_refuses_is_told_without_its_words(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post(context) as sink:
        sink.refuses = verb
        _fails(Mailing(_mail(sink.port)))
    assert sink.mails == []


def test_a_password_that_cannot_be_sent_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, certificate = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post(context) as sink:
        mail = Mail(("a@b.c",), "a@b.c", HOST, sink.port, "pmsync", f"{PASSWORD}ß")
        _fails(Mailing(mail))


def test_a_test_alert_goes_to_each_channel_whatever_becomes_of_the_other() -> None:
    assert channels(Alerts()) == {}
    with hook() as heard, post() as sink:
        alerts = Alerts(heard.url, "", _mail(sink.port, Security.NONE, user=""))
        assert try_all(alerts, DOCUMENT, "1", NOW) == {"alerts.url": None, "alerts.email": None}
        heard.answers = [500]
        found = try_all(alerts, DOCUMENT, "2", NOW)
    assert str(found["alerts.url"]) == "alerts.url answered 500"
    assert found["alerts.email"] is None
    assert (len(heard.got), len(sink.mails)) == (2, 2)
