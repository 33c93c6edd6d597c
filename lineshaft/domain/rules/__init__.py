"""Rules that people write: their documents, and what decides on arrays of samples."""

from lineshaft.domain.rules.delays import Delay, Limits
from lineshaft.domain.rules.document import Document, Rule, Scope, Tuning
from lineshaft.domain.rules.parsing import RuleError, from_json, parse, schema, to_json
from lineshaft.domain.rules.raising import Annunciations, Settings, annunciations
from lineshaft.domain.rules.starting import start

__all__ = [
    "Annunciations",
    "Delay",
    "Document",
    "Limits",
    "Rule",
    "RuleError",
    "Scope",
    "Settings",
    "Tuning",
    "annunciations",
    "from_json",
    "parse",
    "schema",
    "start",
    "to_json",
]
