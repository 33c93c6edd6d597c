"""E-mail by the site's own server, plain and HTML, always encrypted on the way unless said otherwise."""

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from lineshaft.domain.delivery.message import say
from lineshaft.settings import SettingsError
from lineshaft.store.notifications import Notification
from stream.notify.base import PROMPT_S, DeliveryError, GoneError, RefusedError
from stream.notify.contacts import Book

TIMEOUT_S = 15.0
PERMANENT = 500
"""SMTP replies from here on are about the message or its address, and stay."""


@dataclass(slots=True, frozen=True)
class Server:
    """The SMTP server: `LINESHAFT_SMTP_URL`, such as `smtps://login:password@mail.plant.example?from=…`."""

    host: str
    port: int
    login: str
    password: str
    sender: str
    tls: str
    """implicit (smtps), starttls (smtp), or no (`?tls=no`)."""
    authority: str = ""
    """File with the authority that signed its certificate (`?ca=`); empty: the system's."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self | None:
        """The server of an environment; None where none is named.

        Raises:
            SettingsError: the variable cannot be used.
        """
        url = environ.get("LINESHAFT_SMTP_URL", "").strip()
        if not url:
            return None
        parts = urlsplit(url)
        asked = {name: found[-1] for name, found in parse_qs(parts.query).items()}
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or "@" not in asked.get("from", ""):
            raise SettingsError("LINESHAFT_SMTP_URL: expected smtp[s]://[login:password@]host[:port]?from=…")
        tls = "implicit" if parts.scheme == "smtps" else asked.get("tls", "starttls")
        if tls not in {"implicit", "starttls", "no"}:
            raise SettingsError(f"LINESHAFT_SMTP_URL: tls is {tls!r}, expected starttls or no")
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls == "implicit" else 587),
            login=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=asked["from"],
            tls=tls,
            authority=asked.get("ca", ""),
        )


class Mail:
    """One connection a message: they are few, and servers end idle ones as they please."""

    name = "email"
    latest_only = False
    is_whole = False
    schedule_s = PROMPT_S

    def __init__(self, book: Book, base_url: str, server: Server | None) -> None:
        """Nothing happens before a message comes."""
        self._book = book
        self._base_url = base_url
        self._server = server

    @property
    def is_ready(self) -> bool:
        """See `Channel`: without a server its messages wait."""
        return self._server is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between messages."""

    def wants_all(self) -> bool:
        """See `Channel`."""
        return False

    def show(self, target: str, body: dict[str, Any]) -> None:
        """See `Channel`: there is no place where an alarm stands."""

    def deliver(self, notification: Notification) -> None:
        """See `Channel`."""
        server = self._server
        if server is None:
            raise DeliveryError("no mail server is named (LINESHAFT_SMTP_URL)")
        letter = letter_of(notification, self._book.address(notification.target), server, self._base_url)
        try:
            self._send(server, letter)
        except smtplib.SMTPResponseException as error:
            refused = error.smtp_code >= PERMANENT and not isinstance(error, smtplib.SMTPAuthenticationError)
            why = f"the mail server said {error.smtp_code}"
            raise (RefusedError if refused else DeliveryError)(why) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise RefusedError("the mail server does not take mail for this address") from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryError(f"{server.host}: {error or type(error).__name__}") from error

    def _send(self, server: Server, letter: EmailMessage) -> None:
        trust = ssl.create_default_context(cafile=server.authority or None) if server.tls != "no" else None
        opened = (
            smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
            if server.tls == "implicit"
            else smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        )
        with opened as smtp:
            if server.tls == "starttls":
                smtp.starttls(context=trust)
            if server.login:
                smtp.login(server.login, server.password)
            smtp.send_message(letter)


def letter_of(
    notification: Notification, address: dict[str, str], server: Server, base_url: str
) -> EmailMessage:
    """The letter; its Message-ID is the notification's, so that a repeat is known as one.

    Raises:
        GoneError: the address is none.
    """
    said = say(notification.body, notification.language, base_url)
    letter = EmailMessage()
    try:
        letter["To"] = Address(addr_spec=address["address"])
        letter["From"] = Address("Lineshaft", addr_spec=server.sender)
    except (ValueError, IndexError) as error:
        raise GoneError(f"the address is none: {error}") from error
    letter["Subject"] = " ".join(said.title.split())
    letter["Message-ID"] = f"<{notification.notification_id}@{server.sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"
    if notification.body.get("worst") == 1:
        letter["Importance"] = "high"
    letter.set_content(said.plain)
    letter.add_alternative(said.html, subtype="html")
    letter["Content-Language"] = notification.language
    return letter
