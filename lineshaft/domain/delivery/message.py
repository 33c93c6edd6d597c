"""A message in a language: what a person needs to know to act, in the same order each time.

A message's body is what the outbox keeps: `kind`, `alarms` (facts, at most `MOST_ALARMS`), how many there
are, and the group's labels. Languages and time zones come in only here, when it is delivered.
"""

from dataclasses import dataclass
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from lineshaft.clock import to_datetime
from lineshaft.domain.alarm_texts import DASH, named, number, said, unit_of
from lineshaft.domain.delivery.words import text
from lineshaft.domain.failure_modes import FAILURE_MODES

MOST_ALARMS = 20
"""Alarms whose facts a message carries; of the others it says how many there are."""
MOST_SHOWN = 10

Body = dict[str, Any]
Facts = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Text:
    """A message as text: a title, and lines of (label, words); an empty label is a sentence."""

    title: str
    lines: tuple[tuple[str, str], ...]
    link: str
    language: str

    @property
    def plain(self) -> str:
        """The lines as plain text."""
        return "\n".join(f"{label}: {words}" if label else words for label, words in self.lines)

    @property
    def html(self) -> str:
        """The message as a small page without styles of its own colour."""
        rows = "".join(
            f"<tr><th align=left valign=top>{escape(label)}</th><td>{self._cell(words)}</td></tr>"
            if label
            else f"<tr><td colspan=2>{escape(words) or '&nbsp;'}</td></tr>"
            for label, words in self.lines
        )
        language = "zh-CN" if self.language.startswith("zh") else "en"
        return (
            f'<!DOCTYPE html><html lang="{language}"><body><h3>{escape(self.title)}</h3>'
            f"<table cellpadding=4>{rows}</table></body></html>"
        )

    def _cell(self, words: str) -> str:
        if words == self.link:
            return f'<a href="{escape(words, quote=True)}">{escape(words)}</a>'
        return escape(words)


def say(body: Body, language: str, base_url: str) -> Text:
    """A body in words; the link is empty where nobody said at which address people reach the screens."""
    alarms: list[Facts] = body.get("alarms") or []
    link = _link(body, base_url)
    lines: list[tuple[str, str]] = []
    if body["kind"] == "test":
        lines.append(("", text(language, "line.test", person=body.get("by", ""))))
    if body["kind"] == "escalated":
        lines.append(("", text(language, "line.step", minutes=body.get("minutes", 0))))
    for n, alarm in enumerate(alarms[:MOST_SHOWN]):
        lines += [("", ""), *_alarm(alarm, language)] if n else _alarm(alarm, language)
    more = int(body.get("count", len(alarms))) - min(len(alarms), MOST_SHOWN)
    if more > 0:
        lines.append(("", text(language, "line.more", count=more)))
    if link:
        lines.append((text(language, "line.link"), link))
    if body.get("policy"):
        lines.append(("", text(language, "line.policy", policy=body["policy"])))
    return Text(_title(body, language), tuple(lines), link, language)


def what(alarm: Facts, language: str) -> str:
    """What an alarm says, in one line."""
    row = {
        "message": alarm.get("msg"),
        "arguments": alarm.get("ctx"),
        "value": alarm.get("value"),
        "threshold": alarm.get("limit"),
    }
    return said(row, language, alarm.get("signal"))


def _alarm(alarm: Facts, language: str) -> list[tuple[str, str]]:
    zone = ZoneInfo(alarm.get("zone") or "UTC")
    priority = alarm.get("priority", 4)
    lines = [
        (text(language, "line.machine"), _machine(alarm, language)),
        (text(language, "line.what"), what(alarm, language)),
        (text(language, "line.priority"), f"{priority} {text(language, f'priority.{priority}')}"),
        (text(language, "line.since"), _at(alarm.get("since"), zone)),
    ]
    if not alarm.get("active", True):
        lines.append((text(language, "line.until"), _at(alarm.get("ts"), zone)))
    if alarm.get("value") is not None:
        lines.append((text(language, "line.value"), _value(alarm, language)))
    why, action = _why(alarm, language), _action(alarm, language)
    if why:
        lines.append((text(language, "line.why"), why))
    if alarm.get("active", True):
        lines.append((text(language, "line.action"), action))
    return lines


def _title(body: Body, language: str) -> str:
    if body["kind"] == "test":
        return text(language, "title.test")
    kind, alarms = text(language, f"kind.{body['kind']}"), body.get("alarms") or []
    if int(body.get("count", len(alarms))) == 1 and alarms:
        machine = named(alarms[0].get("name"), language) or str(alarms[0].get("source", ""))
        return text(language, "title.one", kind=kind, machine=machine, what=what(alarms[0], language))
    place = named(body.get("place"), language) or text(language, "title.everywhere")
    return text(language, "title.many", kind=kind, count=body.get("count", len(alarms)), place=place)


def _machine(alarm: Facts, language: str) -> str:
    name = named(alarm.get("name"), language) or str(alarm.get("source", ""))
    place = named(alarm.get("place"), language)
    return f"{name} ({place})" if place else name


def _value(alarm: Facts, language: str) -> str:
    unit = unit_of(str((alarm.get("ctx") or {}).get("unit") or ""))
    value = f"{number(alarm['value'])} {unit}".strip()
    if alarm.get("limit") is None:
        return value
    limit = text(language, "line.limit", limit=f"{number(alarm['limit'])} {unit}".strip())
    return f"{value}, {limit}"


def _why(alarm: Facts, language: str) -> str:
    ctx = alarm.get("ctx") or {}
    mode = FAILURE_MODES.get(str(ctx.get("mode") or ""))
    if mode:
        return text(language, "why.likely", mode=mode.name_zh if language.startswith("zh") else mode.name_en)
    return named(ctx.get("why") or ctx.get("cause"), language)


def _action(alarm: Facts, language: str) -> str:
    """What to do: as the rule says, else what helps against the likely failure, else what usually does."""
    ctx = alarm.get("ctx") or {}
    told = named(ctx.get("action"), language)
    if told:
        return told
    mode = FAILURE_MODES.get(str(ctx.get("mode") or ""))
    if mode:
        return text(language, f"advice.{mode.advice}")
    family = str(alarm.get("rule", "")).partition(":")[0]
    if family in {"anomaly", "failure"}:
        return text(language, "advice.inspect")
    if family == "sensor":
        return text(language, "advice.check_sensor")
    known = text(language, f"action.{family}")
    return text(language, "action.default") if known.startswith("action.") else known


def _link(body: Body, base_url: str) -> str:
    if not base_url:
        return ""
    alarms = body.get("alarms") or []
    machine = alarms[0].get("machine") if len(alarms) == 1 else None
    return f"{base_url.rstrip('/')}/machines/{machine}" if machine else f"{base_url.rstrip('/')}/alarms"


def _at(at_ms: object, zone: ZoneInfo) -> str:
    if not isinstance(at_ms, int):
        return DASH
    return f"{to_datetime(at_ms * 1000).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
