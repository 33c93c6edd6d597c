"""What each noun of plant.yaml may say: one row a key, with a sentence for whoever wrote something else."""

import math
import re
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from lineshaft.domain import bindings
from lineshaft.domain.plant.document import VERSION
from lineshaft.domain.plant.model import LIMITS
from lineshaft.domain.plant.sheet import Place, Sheet, choose
from lineshaft.domain.shifts import DAYS

Check = Callable[[object], str | None]
"""Gives None for a good value, else what was expected."""

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""An id; the same letters as a level of a topic, since ids become levels."""

SIGNAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,127}")
HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
LANGUAGES = ("en", "zh")


class Key(NamedTuple):
    """One key of a noun: how its value is checked, or of which noun it is a list."""

    check: Check | None = None
    many: str = ""
    required: bool = False


def _text(value: object) -> str | None:
    good = isinstance(value, str) and 0 < len(value) <= 200 and value.isprintable()
    return None if good else "expected a text of 1 to 200 characters"


def _short(value: object) -> str | None:
    return None if isinstance(value, str) and len(value) <= 32 else "expected a text, in quotes if need be"


def _id(value: object) -> str | None:
    good = isinstance(value, str) and WORD.fullmatch(value)
    return (
        None if good else "expected 1 to 64 letters, digits, '_', '.', '-' (quote what YAML takes for more)"
    )


def _signal_name(value: object) -> str | None:
    good = isinstance(value, str) and SIGNAL.fullmatch(value)
    return None if good else "expected the signal's name as the device sends it, such as temp"


def _label(value: object) -> str | None:
    if isinstance(value, dict):
        good = "en" in value and set(value) <= set(LANGUAGES) and not any(map(_text, value.values()))
        return None if good else "expected {en: …, zh: …}"
    return _text(value) and "expected a text, or {en: …, zh: …}"


def _number(value: object) -> str | None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return None if good else "expected a number"


def _limit(value: object) -> str | None:
    return None if value is None else _number(value) and "expected a number, or null for no limit"


def _positive(value: object) -> str | None:
    good = _number(value) is None and isinstance(value, int | float) and value > 0
    return None if good else "expected a number above 0"


def _capacity(value: object) -> str | None:
    good = value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0)
    return None if good else "expected a whole number above 0"


def _version(value: object) -> str | None:
    return None if value == VERSION and value is not True else f"expected {VERSION}"


def _timezone(value: object) -> str | None:
    if not isinstance(value, str):
        return "expected a time zone such as Asia/Shanghai"
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return f"no such time zone; {choose(value, available_timezones())[:120]}"
    return None


def _between(value: object, limit: float) -> bool:
    return _number(value) is None and isinstance(value, int | float) and abs(value) <= limit


def _lat(value: object) -> str | None:
    return None if _between(value, 90) else "expected a latitude, -90 to 90"


def _lon(value: object) -> str | None:
    return None if _between(value, 180) else "expected a longitude, -180 to 180"


def _position(value: object) -> str | None:
    if value is None:
        return None
    good = isinstance(value, list) and len(value) == 2 and not _lat(value[0]) and not _lon(value[1])
    return None if good else "expected [latitude, longitude] in degrees"


def _path(value: object) -> str | None:
    good = isinstance(value, list) and len(value) != 1 and all(p and not _position(p) for p in value)
    return None if good else "expected a list of at least two [latitude, longitude]"


def _hour(value: object) -> str | None:
    good = isinstance(value, str) and HOUR.fullmatch(value)
    return None if good else 'expected a time of day such as "06:00"'


def _days(value: object) -> str | None:
    good = isinstance(value, list) and value and set(map(str, value)) <= set(DAYS)
    return None if good else f"expected a list of {', '.join(DAYS)}"


def _device(value: object) -> str | None:
    levels = value.split("/") if isinstance(value, str) else []
    good = len(levels) == 2 and all(map(WORD.fullmatch, levels))
    return None if good else "expected agent/device, such as plant-1/pump-101"


def _group(value: object) -> str | None:
    good = value in {0, 1, 2} and not isinstance(value, bool)
    return None if good else "expected 1 (above 300 kW), 2 (15 to 300 kW), or 0: no vibration zone applies"


def _support(value: object) -> str | None:
    return None if value in {"rigid", "flexible"} else "expected rigid or flexible"


def _words(value: object) -> str | None:
    good = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return None if good else "expected a list of texts"


def _ids(value: object) -> str | None:
    good = isinstance(value, list) and value and not any(map(_id, value))
    return None if good else "expected a list of ids, such as [line-1, press-3]"


def _filter(value: object) -> str | None:
    return bindings.fault_of(value) or None


def _dialect(value: object) -> str | None:
    return None if value in bindings.SPOKEN else f"expected one of {', '.join(bindings.SPOKEN)}"


def _crs(value: object) -> str | None:
    return None if value in bindings.COORDINATES else f"expected {' or '.join(bindings.COORDINATES)}"


def _antennas(value: object) -> str | None:
    good = isinstance(value, dict) and value and all(_is_port(key) and not _id(value[key]) for key in value)
    return None if good else "expected antenna ports and zones, such as {1: dock-1, 2: dock-1}"


def _is_port(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and str(value).isdecimal()


_NAMED = {"id": Key(_id, required=True), "name": Key(_label)}
_SPEAKING = {**_NAMED, "device": Key(_device, required=True)}

SHAPES: dict[str, dict[str, Key]] = {
    "plant": {
        "version": Key(_version, required=True),
        "sites": Key(many="site", required=True),
        "kinds": Key(many="kind"),
        "routes": Key(many="route"),
        "vehicles": Key(many="vehicle"),
        "dialects": Key(many="dialect"),
    },
    "site": {
        **_NAMED,
        "timezone": Key(_timezone, required=True),
        "position": Key(_position),
        "shifts": Key(many="shift"),
        "areas": Key(many="area"),
        "utilities": Key(many="utility"),
    },
    "utility": {
        **_NAMED,
        "kind": Key(_id, required=True),
        "feeds": Key(_ids, required=True),
        "depends": Key(_ids),
    },
    "shift": {
        "id": Key(_id, required=True),
        "start": Key(_hour, required=True),
        "end": Key(_hour, required=True),
        "days": Key(_days),
    },
    "area": {**_NAMED, "lines": Key(many="line"), "zones": Key(many="zone"), "readers": Key(many="reader")},
    "line": {**_NAMED, "machines": Key(many="machine")},
    "kind": {
        **_NAMED,
        "iso_group": Key(_group),
        "support": Key(_support),
        "failure_modes": Key(_words),
        "signals": Key(many="usual signal", required=True),
    },
    "usual signal": {
        "name": Key(_signal_name, required=True),
        "quantity": Key(_short, required=True),
        "every_s": Key(_positive, required=True),
        "unit": Key(_short),
        **{limit: Key(_limit) for limit in LIMITS},
    },
    "machine": {
        **_SPEAKING,
        "kind": Key(_id, required=True),
        "signals": Key(many="signal"),
        "depends": Key(_ids),
    },
    "signal": {
        "name": Key(_signal_name, required=True),
        "label": Key(_label),
        "unit": Key(_short),
        "quantity": Key(_short),
        "every_s": Key(_positive),
        **{limit: Key(_limit) for limit in LIMITS},
    },
    "zone": {**_NAMED, "capacity": Key(_capacity)},
    "reader": {**_SPEAKING, "antennas": Key(_antennas, required=True)},
    "route": {**_NAMED, "stops": Key(many="stop", required=True), "path": Key(_path)},
    "stop": {
        "name": Key(_label, required=True),
        "lat": Key(_lat, required=True),
        "lon": Key(_lon, required=True),
        "radius_m": Key(_positive),
    },
    "dialect": {
        "filter": Key(_filter, required=True),
        "dialect": Key(_dialect, required=True),
        "site": Key(_id, required=True),
        "agent": Key(_id),
        "timezone": Key(_timezone),
        "crs": Key(_crs),
    },
    "vehicle": {
        **_SPEAKING,
        "kind": Key(_id),
        "site": Key(_id, required=True),
        "every_s": Key(_positive),
    },
}
"""Noun → its keys."""


def check_shape(sheet: Sheet, value: object, noun: str = "plant", place: Place = ()) -> None:
    """Complain about every key that is unknown, missing or of the wrong type, in the whole tree."""
    if not isinstance(value, dict):
        keys = ", ".join(SHAPES[noun])
        sheet.complain(place, f"expected a {noun}, got {_shown(value)}", f"write its keys: {keys}")
        return
    rows = SHAPES[noun]
    for key in value:
        if key not in rows:
            sheet.complain((*place, key), f"a {noun} has no key {key!r}", choose(key, rows))
    for key, row in rows.items():
        if key in value:
            _check_key(sheet, value[key], row, (*place, key))
        elif row.required:
            sheet.complain(place, f"this {noun} has no {key!r}", f"add '{key}: …'")


def _check_key(sheet: Sheet, value: object, row: Key, place: Place) -> None:
    if row.check:
        if expected := row.check(value):
            sheet.complain(place, f"{place[-1]!r} is {_shown(value)}", expected)
    elif not isinstance(value, list):
        sheet.complain(place, f"{place[-1]!r} is {_shown(value)}", f"expected a list, each a {row.many}")
    else:
        for n, one in enumerate(value):
            check_shape(sheet, one, row.many, (*place, n))


def _shown(value: object) -> str:
    return "empty" if value is None else repr(value)[:60]
