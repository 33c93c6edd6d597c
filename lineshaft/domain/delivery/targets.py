"""Addresses people type in: what is plainly wrong with one, and how it is shown without its secrets."""

import ipaddress
import re
from urllib.parse import urlsplit

SERVICES = frozenset({
    "slack", "workflows", "dingtalk", "wecombot", "feishu", "lark", "tgram", "webex", "gchat", "mmost",
    "mmosts", "zulip", "ntfy", "ntfys", "pagerduty", "opsgenie", "splunk", "victorops", "twilio", "vonage",
    "nexmo", "sns", "discord", "matrix", "matrixs", "rocket", "rockets", "signal", "signals", "gotify",
    "gotifys", "pover", "json", "jsons",
})  # fmt: skip
"""Schemes of apprise that speak to somebody over the network; others would act on this machine."""

MAIL = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,200}")


def scheme_of(url: str) -> str:
    """The service of an address.

    >>> scheme_of("Slack://T1/B2/secret")
    'slack'
    """
    return url.partition("://")[0].lower() if "://" in url else ""


def problem(channel: str, address: str) -> str:
    """What is wrong with an address at first sight; empty: nothing. The notifier judges again when it sends.

    >>> problem("email", "li@plant.example"), problem("apprise", "exec://rm")
    ('', 'exec is no service that can be used')
    """
    if channel == "email":
        return "" if MAIL.fullmatch(address) else "expected an e-mail address"
    if channel == "apprise":
        service = scheme_of(address)
        return "" if service in SERVICES else f"{service or 'this'} is no service that can be used"
    try:
        parts = urlsplit(address)
    except ValueError:
        return "expected https://host/path"
    fits = parts.scheme in {"https", "http"} and parts.hostname and not parts.username and not parts.password
    return "" if fits else "expected https://host/path, without a login in it"


def shown(channel: str, address: str) -> str:
    """An address as it may be seen: tokens stand in paths, so nothing behind the host stays.

    >>> shown("webhook", "https://chat.example/hooks/secret?token=1"), shown("apprise", "slack://T1/B2/s")
    ('https://chat.example/…', 'slack://…')
    """
    if channel == "email":
        return address
    if channel == "apprise":
        return f"{scheme_of(address)}://…"
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/…"


def is_entry(entry: str) -> bool:
    """Whether an entry of the list of what may be reached inside is a range of addresses, or a name.

    >>> [is_entry(one) for one in ("10.0.0.0/8", "*.plant.local", "10.0.0.0/99", "two words")]
    [True, True, False, False]
    """
    if "/" not in entry:
        return bool(entry) and all(letter.isalnum() or letter in "-._*:" for letter in entry)
    try:
        ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
    return True
