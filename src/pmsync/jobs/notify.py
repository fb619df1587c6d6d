"""How people are told: a document posted to an address, or mailed. Nothing of either's secrets is in an error."""

import hashlib
import hmac
import json
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Protocol

import requests

from pmsync import __version__
from pmsync.config.settings import Alerts, Mail, Security
from pmsync.connector.hosts import settle
from pmsync.errors import PmsyncError, RejectedError, TransientError

SIGNATURE: Final = "X-Pmsync-Signature"
DELIVERY: Final = "X-Pmsync-Delivery"
"""The header that is the same whenever one notice is sent again."""

_TIMEOUT: Final = 10.0
_SENSELESS: Final = (400, 413, 415, 422)
"""Answers to what is posted, and not to where: the same would be refused again."""


class Channel(Protocol):
    """A way to tell people."""

    def send(self, document: Mapping[str, str], number: str, at: datetime) -> None:
        """Send one. Raises TransientError where it may arrive later, RejectedError where it never will."""
        ...


def channels(alerts: Alerts) -> dict[str, Channel]:
    """The ones that are configured, by the key that configures them."""
    found: dict[str, Channel] = {}
    if alerts.url:
        found["alerts.url"] = Posting(alerts.url, alerts.secret)
    if alerts.email is not None:
        found["alerts.email"] = Mailing(alerts.email)
    return found


class Posting:
    """Posts the document to an address, signed where there is a secret."""

    def __init__(self, url: str, secret: str = "") -> None:
        self._url = url
        self._secret = secret

    def send(self, document: Mapping[str, str], number: str, at: datetime) -> None:
        """See `Channel`."""
        body = json.dumps(document, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "User-Agent": f"pmsync/{__version__}", DELIVERY: number}
        if self._secret:
            headers[SIGNATURE] = f"sha256={hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()}"
        try:
            with requests.Session() as session:
                settle(session, self._url)
                with session.post(
                    self._url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False, stream=True
                ) as answer:
                    status = answer.status_code
        except (requests.RequestException, ValueError, OSError) as error:
            # Without the error that it comes from, whose words have the address in them.
            raise TransientError(f"alerts.url cannot be reached ({_first_of(error)})") from None
        _judge(status)


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise TransientError(f"alerts.url answered {status}, and redirects are not followed: set where it leads to")
    told = f"alerts.url answered {status}"
    raise RejectedError(told) if status in _SENSELESS else TransientError(told)


def _first_of(error: BaseException) -> str:
    """What kind of error it was in the end, in a word of Python's."""
    seen = [error]
    while True:
        last = seen[-1]
        within = (getattr(last, "reason", None), last.__cause__, *last.args)
        inner = next((one for one in within if isinstance(one, BaseException) and one not in seen), None)
        if inner is None:
            return type(last).__name__
        seen.append(inner)


class Mailing:
    """Mails it: the text for people, and what there is to know below."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail

    def send(self, document: Mapping[str, str], number: str, at: datetime) -> None:
        """See `Channel`."""
        message = self._message(document, number, at)
        try:
            with self._server() as server:
                if self._mail.user:
                    server.login(self._mail.user, self._mail.password)
                server.send_message(message, self._mail.sender, list(self._mail.to))
        except smtplib.SMTPAuthenticationError as error:
            raise TransientError(
                f"alerts.email: the server refuses the user or the password ({_code(error)})"
            ) from None
        except smtplib.SMTPResponseException as error:
            raise TransientError(f"alerts.email: the server answered {_code(error)}") from None
        except smtplib.SMTPRecipientsRefused:
            raise TransientError("alerts.email: the server takes mail for none of those in `to`") from None
        except (smtplib.SMTPException, ssl.SSLError, OSError, ValueError) as error:
            raise TransientError(f"alerts.email: the server cannot be used ({type(error).__name__})") from None

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        mail, name = self._mail, socket.gethostname()
        # Trusts what the system trusts, and wants the server's name to be right.
        context = ssl.create_default_context()
        if mail.security is Security.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.server, mail.port, local_hostname=name, timeout=_TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(mail.server, mail.port, local_hostname=name, timeout=_TIMEOUT)
        with server:
            if mail.security is Security.STARTTLS:
                server.starttls(context=context)
            yield server

    def _message(self, document: Mapping[str, str], number: str, at: datetime) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = document["text"][:_SUBJECT]
        message["From"] = self._mail.sender
        message["To"] = ", ".join(self._mail.to)
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<pmsync-{number}@{self._mail.sender.partition('@')[2].strip('[]')}>"
        message["Auto-Submitted"] = "auto-generated"
        rest = [f"{key}: {value}" for key, value in document.items() if value and key != "text"]
        message.set_content("\n".join([document["text"], "", *rest]) + "\n")
        return message


_SUBJECT: Final = 120


def _code(error: smtplib.SMTPResponseException) -> int:
    return int(error.smtp_code)


def try_all(alerts: Alerts, document: Mapping[str, str], number: str, at: datetime) -> dict[str, PmsyncError | None]:
    """Send one to each channel, once; for each why it could not be sent."""
    found: dict[str, PmsyncError | None] = {}
    for name, channel in channels(alerts).items():
        try:
            channel.send(document, number, at)
            found[name] = None
        except PmsyncError as error:
            found[name] = error
    return found
