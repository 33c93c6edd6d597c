import ssl
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
import trustme
from aiosmtpd.controller import Controller

from lineshaft.clock import SECOND_US
from lineshaft.runtime import ports
from lineshaft.settings import SettingsError
from lineshaft.store.notifications import Notification
from stream.notify.base import DeliveryError, GoneError, RefusedError
from stream.notify.mail import Mail, Server

if TYPE_CHECKING:
    from email.message import EmailMessage

KEY = UUID("5b3c6b0e-0d3f-5c3e-9a63-1f3f3a0f6c11")


class Known:
    def __init__(self, address: str) -> None:
        self._address = address

    def address(self, _: str) -> dict[str, str]:
        return {"address": self._address}


class Post:
    """Keeps the letters; refuses those to nobody."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_RCPT(self, _: Any, __: Any, envelope: Any, address: str, ___: Any) -> str:  # noqa: N802 - theirs
        if address.startswith("nobody"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - theirs
        self.letters.append(cast("EmailMessage", message_from_bytes(envelope.content, policy=policy.default)))
        return "250 kept"


@pytest.fixture
def post(tmp_path: Path) -> Iterator[tuple[Post, str]]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    trust = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(trust)
    handler, port = Post(), ports.choose(["web"])["web"]
    controller = Controller(
        handler, hostname="127.0.0.1", port=port, require_starttls=True, tls_context=trust
    )
    controller.start()
    yield handler, f"smtp://localhost:{port}?from=lineshaft@plant.example&ca={tmp_path / 'ca.pem'}"
    controller.stop()


def message(language: str = "en") -> Notification:
    alarm = {
        "id": "a", "source": "pump-101", "rule": "threshold:temp", "priority": 1, "active": True, "since": 0,
        "value": 91.5, "limit": 85.0, "msg": "alarm.high", "ctx": {"signal": "temp", "unit": "Cel"},
        "name": {"en": "Pump <1>\r\nBcc: x@evil.example", "zh": "1 号泵"}, "machine": "pump-101",
    }  # fmt: skip
    body = {"v": 1, "kind": "firing", "count": 1, "worst": 1, "ts": 1, "alarms": [alarm]}
    return Notification(KEY, "email", "li", body, 0, 1_700_000_000 * SECOND_US, language)


def mail(url: str, address: str = "li@plant.example") -> Mail:
    known: Any = Known(address)
    return Mail(known, "https://plant.example", Server.from_environment({"LINESHAFT_SMTP_URL": url}))


def test_a_letter_comes_encrypted_plain_and_html_with_the_messages_id(post: tuple[Post, str]) -> None:
    handler, url = post
    mail(url).deliver(message())
    [letter] = handler.letters
    assert letter["message-id"] == f"<{KEY}@plant.example>"
    assert letter["subject"].startswith("Alarm: Pump <1> Bcc: x@evil.example, Temperature high")
    assert letter["bcc"] is None
    plain, html = letter.iter_parts()
    assert "91.5 °C, limit 85 °C" in plain.get_content()
    assert "Pump &lt;1&gt;" in html.get_content()
    assert 'href="https://plant.example/machines/pump-101"' in html.get_content()


def test_a_letter_is_in_the_receivers_language(post: tuple[Post, str]) -> None:
    handler, url = post
    mail(url).deliver(message("zh-CN"))
    [letter] = handler.letters
    assert "1 号泵" in letter["subject"]
    assert letter["content-language"] == "zh-CN"


def test_an_address_the_server_refuses_is_told_apart_from_a_server_that_is_away(
    post: tuple[Post, str],
) -> None:
    with pytest.raises(RefusedError):
        mail(post[1], "nobody@plant.example").deliver(message())
    with pytest.raises(GoneError):
        mail(post[1], "no address").deliver(message())
    with pytest.raises(DeliveryError) as raised:
        mail("smtp://127.0.0.1:1?from=a@b.example&tls=no").deliver(message())
    assert type(raised.value) is DeliveryError


def test_a_server_whose_certificate_is_not_trusted_gets_nothing(post: tuple[Post, str]) -> None:
    handler, url = post
    with pytest.raises(DeliveryError):
        mail(url.partition("&ca=")[0]).deliver(message())
    assert handler.letters == []


@pytest.mark.parametrize("url", ["mail.example", "smtp://mail.example", "smtp://h?from=a@b&tls=maybe"])
def test_a_mail_server_that_cannot_be_meant_is_told_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError):
        Server.from_environment({"LINESHAFT_SMTP_URL": url})


def test_without_a_mail_server_letters_wait() -> None:
    known: Any = Known("li@plant.example")
    assert not Mail(known, "", Server.from_environment({})).is_ready
