"""The plant described once: what is where, who speaks for it, and what is normal.

`parse` reads plant.yaml as people write it; `to_document`/`from_document` carry it as JSON between services.
"""

from lineshaft.domain.plant.document import Document, from_document, to_document
from lineshaft.domain.plant.model import (
    LIMITS,
    Area,
    Line,
    Machine,
    Name,
    Plant,
    Reader,
    Route,
    RouteStop,
    Shift,
    Signal,
    Site,
    Utility,
    Vehicle,
    Zone,
)
from lineshaft.domain.plant.sheet import Problem
from lineshaft.domain.plant.text import parse, to_yaml

__all__ = [
    "LIMITS",
    "Area",
    "Document",
    "Line",
    "Machine",
    "Name",
    "Plant",
    "Problem",
    "Reader",
    "Route",
    "RouteStop",
    "Shift",
    "Signal",
    "Site",
    "Utility",
    "Vehicle",
    "Zone",
    "from_document",
    "parse",
    "to_document",
    "to_yaml",
]
