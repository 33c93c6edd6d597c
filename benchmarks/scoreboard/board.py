"""The scoreboard as a table: ours, what was wanted, what others published and where. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.tables import machine, table

SKAB: Final = "[SKAB](https://github.com/waico/SKAB)"
NAB: Final = "[NAB](https://github.com/numenta/NAB), its 58 series"
CMAPSS: Final = "[RVE](https://doi.org/10.1016/j.ress.2022.108353); best known: paper not traced"
OWN: Final = "none by this protocol"


@dataclass(frozen=True)
class Figure:
    """A line of the board."""

    name: str
    value: str
    """Where it is in the results: part and keys, with dots."""
    rest: str = ""
    """Where it is of the data on which nothing was chosen, if some was chosen on the rest."""
    least: float | None = None
    most: float | None = None
    """What was wanted."""
    published: Mapping[str, float] = field(default_factory=dict)
    """By others."""
    source: str = OWN

    @property
    def goal(self) -> str:
        """What was wanted, for people.

        >>> Figure("x", "y", least=77, most=83).goal, Figure("x", "y", most=20).goal
        ('77 to 83', '≤ 20')
        """
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"

    def met(self, results: Mapping[str, Any]) -> bool | None:
        """Whether ours is what was wanted; None where it was not measured."""
        value = reach(results, self.value)
        if value is None:
            return None
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


def _turbofans() -> list[Figure]:
    sets = (
        ("FD001", 10.9, {"RVE": 13.42, "best known": 10.97}),
        ("FD003", 10.2, {"RVE": 12.51, "best known": 10.90}),
    )
    return [
        figure
        for name, most, published in sets
        for figure in (
            Figure(
                f"C-MAPSS {name}: RMSE, cycles",
                f"cmapss.{name}.rmse",
                most=most,
                published=published,
                source=CMAPSS,
            ),
            Figure(
                f"C-MAPSS {name}: share of lives in P10 to P90",
                f"cmapss.{name}.coverage",
                least=0.77,
                most=0.83,
            ),
        )
    ]


FIGURES: Final = (
    Figure(
        "SKAB outliers: F1",
        "skab.all.f1",
        "skab.rest.f1",
        least=0.84,
        published={"Conv-AE": 0.78, "MSET": 0.78, "T²+Q": 0.76},
        source=SKAB,
    ),
    Figure(
        "SKAB outliers: false alarms, %",
        "skab.all.false_alarms",
        "skab.rest.false_alarms",
        most=20,
        published={"Conv-AE": 13.6, "MSET": 39.7, "T²+Q": 26.6},
        source=SKAB,
    ),
    Figure(
        "SKAB changepoints: NAB score",
        "skab.all.changepoints_nab",
        "skab.rest.changepoints_nab",
        least=33,
        published={"windows not settled: MSCRED": 32.4, "isolation forest": 26.2},
        source=SKAB,
    ),
    Figure(
        "NAB: standard profile",
        "nab.all.standard",
        "nab.rest.standard",
        least=60,
        published={"ARTime": 74.9, "HTM": 70.1, "KNN-CAD": 58.0, "windowed Gaussian": 39.6},
        source=NAB,
    ),
    Figure("PHM 2012: of 17 bearings, alarmed before the end", "phm.alarmed", least=17),
    Figure("PHM 2012: alarmed in the first 20 % of life", "phm.early", most=0),
    *_turbofans(),
    Figure(
        "AI4I 2020, row by row: average precision",
        "ai4i.average_precision",
        "ai4i.average_precision_remaining",
        least=0.75,
    ),
    Figure("Planted faults: alarmed before failure", "planted.alarmed_share", least=0.95),
    Figure("Planted faults: lead, median share of degradation", "planted.median_lead", least=0.25),
    Figure("Planted faults: false alarms a machine-week", "planted.false_per_machine_week", most=1),
    Figure("Planted faults: right mode in the top two", "planted.named_top2_share", least=0.85),
    Figure(
        "Planted sensor faults: not told as the machine's", "planted.sensors_not_machines_share", least=0.95
    ),
)


def reach(results: Mapping[str, Any], path: str) -> float | None:
    """A figure of the results; None where it is missing.

    >>> reach({"skab": {"all": {"f1": 0.8}}}, "skab.all.f1"), reach({}, "skab.all.f1")
    (0.8, None)
    """
    inner: Any = results
    for key in path.split("."):
        inner = inner.get(key) if isinstance(inner, Mapping) else None
    return None if inner is None else float(inner)


def board(results: Mapping[str, Any], missing: Mapping[str, str]) -> str:
    """All that was measured, each with what it was measured on; and what was not, with why."""
    rows = [
        [
            figure.name,
            f"**{_number(reach(results, figure.value))}**",
            _number(reach(results, figure.rest)) if figure.rest else "",
            f"{figure.goal} {'met' if figure.met(results) else 'missed'}",
            ", ".join(f"{name} {value:g}" for name, value in figure.published.items()),
            figure.source,
        ]
        for figure in FIGURES
        if reach(results, figure.value) is not None
    ]
    parts = [
        table(["", "ours", "where nothing was chosen", "wanted", "published", "source"], rows)
        if rows
        else "Nothing was measured yet.",
        _here(results),
        "\n".join(f"- {name}: not measured: {why}." for name, why in missing.items()),
    ]
    return "\n\n".join(part for part in parts if part)


def readme(results: Mapping[str, Any]) -> str:
    """What stands in the README: each part with the commit it was measured on."""
    parts = {name: found for name, found in results.items() if "commit" in found}
    on = {name: machine(found) for name, found in parts.items()}
    lines = [
        f"{', '.join(name for name in on if on[name] == one)}: {one}." for one in dict.fromkeys(on.values())
    ]
    return "\n\n".join([board(results, {}), *lines])


def _here(results: Mapping[str, Any]) -> str:
    others = results.get("nab", {}).get("published_here")
    if not others:
        return ""
    told = ", ".join(f"{name} {value:.1f}" for name, value in others.items() if value > 0)
    series = results["nab"]["all"]["series"]
    return f"On the {series} NAB series measured here, others' published file scores come to: {told}."


def _number(value: float | None) -> str:
    return "-" if value is None else f"{round(value, 3):g}"
