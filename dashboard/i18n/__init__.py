"""Every word on the screens, by key and language; the keys are the same in all languages (tested).

Text may hold {parameters}; who fills them is the browser for what lives, Python for what is drawn once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh-CN")
COOKIE = "lineshaft_language"

DASH = "\N{EN DASH}"
"""What stands where a value is not known; never 0."""


@cache
def texts(language: str) -> dict[str, str]:
    """The catalogue of a language: key → text."""
    found: dict[str, str] = json.loads(files(__name__).joinpath(f"{language}.json").read_text("utf-8"))
    return found


def choose(cookies: Mapping[str, str], accept: str = "") -> str:
    """The language of a visitor: what they chose, else what their browser asks for first, else English.

    >>> choose({}, "zh-TW,en;q=0.5"), choose({"lineshaft_language": "en"}, "zh"), choose({}, "fr")
    ('zh-CN', 'en', 'en')
    """
    chosen = cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return "zh-CN" if accept.strip().lower().startswith("zh") else "en"


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str

    def __call__(self, key: str, **parameters: object) -> str:
        """The text of a key; a key without a text shows itself, so that it is noticed."""
        text = texts(self.language).get(key, key)
        return text.format(**parameters) if parameters else text

    def of(self, name: Any) -> str:
        """A name that is plain text or {"en": …, "zh": …}; unknown is a dash."""
        if not isinstance(name, Mapping):
            return str(name) if name else DASH
        own = "zh" if self.language.startswith("zh") else "en"
        return str(name.get(own) or name.get("en") or name.get("zh") or DASH)

    def signal(self, name: str) -> str:
        """A signal's name in words; one nobody has a word for keeps the name its device gave it."""
        return texts(self.language).get(f"signal.{name}", name)
