"""Greenhouse gases of carriage, well to wheel: tonne-kilometres times a default factor, as ISO 14083.

Factors stand in one table with their source, so that a plant can put its carriers' own in their place. They
are defaults: what a carrier measures (fuel burned) is better wherever it is known.
"""

from typing import NamedTuple

LITRE_DIESEL_KG = 3.24
"""kg CO2e well to wheel of a litre of diesel, European blend (EN 16258:2012 annex A: 3.24 kg/l)."""


class Factor(NamedTuple):
    """A default factor."""

    g_per_tkm: float
    source: str


GLEC = "GLEC Framework default, road, mixed load (not read in the original; no measurement)"
FACTORS: dict[str, Factor] = {
    "van": Factor(680.0, GLEC + ": van to 3.5 t"),
    "truck_small": Factor(285.0, GLEC + ": rigid 3.5-7.5 t"),
    "truck": Factor(140.0, GLEC + ": rigid 12-20 t"),
    "truck_large": Factor(78.0, GLEC + ": articulated to 40 t"),
    "reefer": Factor(94.0, GLEC + ": articulated to 40 t, refrigerated (+20 %)"),
}


def co2e_kg(weight_kg: float, distance_km: float, kind: str = "truck") -> float:
    """Kg CO2e of a carriage by a vehicle of a kind.

    >>> co2e_kg(10_000, 100, "truck_large")
    78.0

    Raises:
        KeyError: the kind has no factor.
    """
    return round(weight_kg / 1000 * distance_km * FACTORS[kind].g_per_tkm / 1000, 3)
