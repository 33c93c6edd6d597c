"""Reads environment variables for the settings dataclasses of the services.

Each service has one frozen dataclass in its own `settings.py`, made once in its `__main__` and passed down.
"""

from collections.abc import Mapping


class SettingsError(ValueError):
    """An environment variable is missing or cannot be used."""


def text(environ: Mapping[str, str], name: str, default: str | None = None) -> str:
    """The variable's text, or the default.

    Raises:
        SettingsError: it is not set and has no default.
    """
    value = environ.get(name, "").strip() or default
    if value is None:
        raise SettingsError(f"{name} is not set")
    return value


def number(environ: Mapping[str, str], name: str, default: float, *, low: float = 0) -> float:
    """The variable as a number, or the default.

    Raises:
        SettingsError: it is not a number, or below `low`.
    """
    raw = environ.get(name, "").strip()
    if not raw:
        return default
    try:
        value = float(raw)
    except ValueError as error:
        raise SettingsError(f"{name} is {raw!r}, expected a number") from error
    if not value >= low:
        raise SettingsError(f"{name} is {raw}, expected at least {low:g}")
    return value
