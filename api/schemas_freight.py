"""Freight cost as the API takes it in and gives it; amounts are exact, so they are text."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.schemas import Id, Instant, Line, StrictInput
from api.schemas_orders import Currency, Exact
from lineshaft.store.freight import InvoiceRow

Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class TariffInput(StrictInput):
    """A version of a carrier's terms; a version is not changed, the next one takes over."""

    from_day: Day = Field(examples=["2026-01-01"])
    to_day: Day | None = Field(None, description="Not included; none: until further notice.")
    terms: dict[str, Any] = Field(
        description="currency, lanes [{origin, destination, breaks [{from_kg, per_100_kg}], per_km,"
        " minimum}], fuel_percent, volumetric_kg_m3, accessorials, free_min, detention_unit_min,"
        " detention_per_unit; amounts as text, * stands for any place."
    )


class InvoiceLineInput(StrictInput):
    """One line as the carrier wrote it."""

    line: Id = Field(examples=["1"])
    shipment: Id = Field(examples=["SH-1042"])
    charge: Line = Field(examples=["base"], description="base, fuel, detention, or an accessorial.")
    amount: Exact = Field(examples=["1280.00"])
    quantity: Exact | None = Field(None, description="kg of a base by weight, km of one by distance.")


class InvoiceInput(StrictInput):
    """A carrier's invoice."""

    currency: Currency = Field(examples=["CNY"])
    issued_ms: Instant
    lines: list[InvoiceLineInput] = Field(min_length=1, max_length=2000)


class DecisionInput(StrictInput):
    """What was decided on an invoice."""

    state: Literal["approved", "disputed"] = Field(examples=["disputed"])


@dataclass(slots=True, frozen=True)
class FactorOut:
    """The emission factor that was used, and where it is from."""

    kind: str
    assumed: bool
    """The vehicle's kind has no factor: that of a truck was taken."""
    g_per_tkm: float
    source: str


@dataclass(slots=True, frozen=True)
class EvidenceOut:
    """What a shipment really was."""

    weight_kg: float
    distance_km: float
    way_measured: bool
    """By the vehicle's track; else straight legs with a detour."""
    waited_min: list[float]
    waits_measured: bool


@dataclass(slots=True, frozen=True)
class ChargeOut:
    """One part of the price."""

    kind: str
    amount: str


@dataclass(slots=True, frozen=True)
class CostOut:
    """What a shipment costs by its carrier's tariff."""

    shipment: str
    carrier: str | None
    arrived: int
    currency: str | None
    charges: list[ChargeOut]
    total: str | None
    problem: str | None
    """no_carrier, no_tariff, no_lane; null: it has a price."""
    invoice: str | None
    """Number of the invoice that asks for it; null: it is accrued."""
    evidence: EvidenceOut
    co2e_kg: float
    factor: FactorOut


@dataclass(slots=True, frozen=True)
class FindingOut:
    """What is wrong with a line of an invoice."""

    line: str
    shipment: str
    charge: str
    reason: str
    asked: str
    owed: str
    over: str
    proven: bool
    """The figure it rests on was measured."""
    evidence: EvidenceOut | None


@dataclass(slots=True, frozen=True)
class InvoiceOut:
    """An invoice with what the check found."""

    invoice: InvoiceRow
    asked: str
    over: str
    """Of what is proven."""
    findings: list[FindingOut]
