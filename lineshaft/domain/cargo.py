"""What a shipment carries, what it must not suffer, and what its receiver signed for.

Documents come from people and programs: the functions here raise `ValueError` with the place of the mistake.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

SSCC_DIGITS = 18
Shape = TypeVar("Shape")


@dataclass(slots=True, frozen=True)
class CargoUnit:
    """One logistic unit (pallet, box) on board."""

    sscc: str
    """Serial shipping container code: 18 digits, the last one a check digit."""
    quantity: float = 1.0
    unit: str = "pallet"
    weight_kg: float = 0.0
    volume_m3: float = 0.0
    epc: str | None = None
    """Its RFID tag: the item of that EPC is this unit."""
    order: str | None = None
    """The order it belongs to."""


@dataclass(slots=True, frozen=True)
class Limit:
    """What a signal of the vehicle must keep to while the shipment is under way."""

    signal: str
    """Name of the vehicle's signal, such as `temperature` or `shock`."""
    low: float | None = None
    high: float | None = None
    for_s: float = 60.0
    """Broken for so long, it is a breach: a door is opened now and then. A shock counts with 0."""


@dataclass(slots=True, frozen=True)
class Proof:
    """Proof of delivery: who took it over, when, and in which shape."""

    by: str
    at_ms: int
    quantity: float | None = None
    damaged: float = 0.0
    """How much of the quantity is damaged."""
    note: str = ""
    file: str | None = None
    """Key of the signature or photograph (`lineshaft.store.proofs`)."""


def check_digit(digits: str) -> int:
    """The GS1 check digit: weights 3, 1, 3, … from the right (GS1 General Specifications 7.9).

    >>> check_digit("37610425002123456")
    9
    """
    total = sum(int(digit) * (3 if n % 2 == 0 else 1) for n, digit in enumerate(reversed(digits)))
    return -total % 10


def sscc(text: str) -> str:
    """The 18 digits of an SSCC, written plainly, as `(00)…` or as a GS1 Digital Link.

    >>> sscc("(00)376104250021234569"), sscc("https://id.gs1.org/00/376104250021234569")
    ('376104250021234569', '376104250021234569')

    Raises:
        ValueError: another number of digits, or the check digit is wrong.
    """
    bare = text.strip().removeprefix("(00)").rsplit("/", 1)[-1].replace(" ", "")
    if len(bare) != SSCC_DIGITS or not bare.isascii() or not bare.isdigit():
        raise ValueError(f"sscc: expected 18 digits, got {text!r}")
    expected = check_digit(bare[:-1])
    if int(bare[-1]) != expected:
        raise ValueError(f"sscc {bare}: the check digit should be {expected}, got {bare[-1]}")
    return bare


def cargo_of(documents: object) -> tuple[CargoUnit, ...]:
    """The units of a shipment's document.

    Raises:
        ValueError: one has a wrong shape or number, or comes twice.
    """
    units = converted(documents, tuple[CargoUnit, ...], "cargo")
    units = tuple(_checked(one) for one in units)
    if len({one.sscc for one in units}) != len(units):
        raise ValueError("cargo: an sscc comes twice")
    return units


def limits_of(documents: object) -> tuple[Limit, ...]:
    """The limits of a shipment's document.

    Raises:
        ValueError: one has a wrong shape, or neither bound.
    """
    limits = converted(documents, tuple[Limit, ...], "limits")
    for one in limits:
        if one.low is None and one.high is None:
            raise ValueError(f"limits: {one.signal} has neither low nor high")
    return limits


def proof_of(document: object) -> Proof:
    """A proof of delivery from its document.

    Raises:
        ValueError: it has a wrong shape.
    """
    return converted(document, Proof, "proof")


def _checked(unit: CargoUnit) -> CargoUnit:
    if unit.quantity < 0 or unit.weight_kg < 0 or unit.volume_m3 < 0:
        raise ValueError(f"cargo: {unit.sscc} has a negative amount")
    return replace(unit, sscc=sscc(unit.sscc))


def converted(document: object, kind: type[Shape], what: str) -> Shape:
    """A document as dataclasses.

    Raises:
        ValueError: it has another shape; it says where.
    """
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{what}: {error}") from error
