"""Every word on the screens, by key and language; the keys are the same in all languages (tested).

What alarms say stands in `lineshaft.domain.alarm_texts`, from where messages take it as well.
Text may hold {parameters}; who fills them is the browser for what lives, Python for what is drawn once.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lineshaft.domain.alarm_texts import DASH, named, rule_name, said, signal_name, texts_of

__all__ = ["COOKIE", "DASH", "LANGUAGES", "Words", "choose", "texts"]

LANGUAGES = ("en", "zh-CN")
COOKIE = "lineshaft_language"


@cache
def texts(language: str) -> dict[str, str]:
    """The catalogue of a language: key → text."""
    found: dict[str, str] = json.loads(files(__name__).joinpath(f"{language}.json").read_text("utf-8"))
    return {**texts_of(language), **found}


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
        return named(name, self.language) or DASH

    def alarm(self, row: Mapping[str, Any]) -> str:
        """What an alarm of the API says."""
        return said(row, self.language)

    def rule(self, rule: str) -> str:
        """What a rule is called."""
        return rule_name(rule, self.language)

    def signal(self, name: str) -> str:
        """A signal's name in words; one nobody has a word for keeps the name its device gave it."""
        return signal_name(name, self.language)
