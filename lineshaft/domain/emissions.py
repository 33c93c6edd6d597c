"""Greenhouse gases of carriage, well to wheel: tonne-kilometres times a default factor, as ISO 14083.

Factors stand in one table with their source, so that a plant can put its carriers' own in their place. They
are defaults: what a carrier measures (fuel burned) is better wherever it is known.
"""

from typing import NamedTuple


class Factor(NamedTuple):
    """A default factor."""

    g_per_tkm: float
    """Grams of CO2e a tonne-kilometre."""
    source: str


UK = (
    "UK Government GHG Conversion Factors for Company Reporting 2025 (DESNZ/DEFRA), freighting goods by"
    " tonne.km, average laden, tank to wheel + well to tank"
)
"""Read line by line (ids 27_303_3102, 27_304_3112 … and 28_906_3102, 28_907_3112 …) in a public copy of its
flat file: github.com/scope3emissiontest-oss/JulesProject at 0c3571d, defra_factors_2025_v2. British fleet and
fuel."""
FACTORS: dict[str, Factor] = {
    "van": Factor(782.25, f"{UK}: diesel vans to 3.5 t, 631.30 + 150.95"),
    "truck_small": Factor(650.57, f"{UK}: rigid 3.5-7.5 t, 527.61 + 122.96"),
    "truck": Factor(125.22, f"{UK}: all HGVs, 101.63 + 23.59"),
    "truck_large": Factor(95.02, f"{UK}: articulated over 33 t, 77.03 + 17.99"),
    "reefer": Factor(109.94, f"{UK}: refrigerated, articulated over 33 t, 89.08 + 20.86"),
}


def co2e_kg(weight_kg: float, distance_km: float, kind: str = "truck") -> float:
    """Kg CO2e of a carriage by a vehicle of a kind.

    >>> co2e_kg(10_000, 100, "truck_large")
    95.02

    Raises:
        KeyError: the kind has no factor.
    """
    return round(weight_kg / 1000 * distance_km * FACTORS[kind].g_per_tkm / 1000, 3)
