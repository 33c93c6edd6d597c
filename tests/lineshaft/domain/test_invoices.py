from decimal import Decimal

import pytest

from benchmarks.invoices import measure
from lineshaft.domain.invoices import Invoice, InvoiceLine, check, lines_of
from lineshaft.domain.money import CurrencyError, Money
from lineshaft.domain.tariffs import Carriage, tariff_of

TERMS = {
    "currency": "CNY",
    "fuel_percent": "10",
    "lanes": [
        {
            "origin": "hz",
            "destination": "sh",
            "breaks": [{"from_kg": "0", "per_100_kg": "50"}, {"from_kg": "1000", "per_100_kg": "40"}],
        },
        {"origin": "*", "destination": "*", "per_km": "6"},
    ],
    "accessorials": {"tail_lift": "180"},
    "detention_per_unit": "90",
}
REAL = Carriage("SH-1", "hz", "sh", 2000.0, waited_min=(130.0, 30.0))


def found(*lines: InvoiceLine, currency: str = "CNY", earlier: tuple[tuple[str, str], ...] = ()) -> list[str]:
    invoice = Invoice("c", "1", currency, lines)
    findings = check(invoice, tariff_of(TERMS), {"SH-1": REAL}, earlier)
    return [f"{one.line} {one.reason} {one.over.amount}" for one in findings]


def line(number: str, charge: str, amount: str, shipment: str = "SH-1") -> InvoiceLine:
    return InvoiceLine(number, shipment, charge, Decimal(amount))


def test_what_the_tariff_says_is_owed() -> None:
    assert (
        found(line("1", "base", "800.00"), line("2", "fuel", "80.00"), line("3", "detention", "90.00")) == []
    )


def test_each_overcharge_is_found_with_its_reason() -> None:
    assert found(line("1", "base", "1000.00")) == ["1 weight_break 200.00"]
    assert found(line("1", "fuel", "96.00")) == ["1 fuel 16.00"]
    assert found(line("1", "detention", "270.00")) == ["1 detention 180.00"]
    assert found(line("1", "tail_lift", "180")) == ["1 accessorial 180"]
    assert found(line("1", "base", "800.00", "SH-9")) == ["1 no_shipment 800.00"]
    assert found(line("1", "base", "800.00"), currency="EUR") == ["1 currency 800.00"]


def test_what_was_billed_before_is_not_owed_again() -> None:
    assert found(line("1", "base", "800.00"), line("2", "base", "800.00")) == ["2 double 800.00"]
    assert found(line("1", "base", "800.00"), earlier=(("SH-1", "base"),)) == ["1 double 800.00"]


def test_too_little_is_no_finding() -> None:
    assert found(line("1", "base", "700.00")) == []


def test_every_planted_overcharge_is_found_and_no_other() -> None:
    for seed in (1, 2):
        result = measure(seed, 60)
        assert result["planted"] == result["found"]
        assert (result["missed"], result["false"], result["other"]) == (0, 0, 0)
        assert int(str(result["planted"])) > 50


def test_amounts_of_two_currencies_are_not_added() -> None:
    with pytest.raises(CurrencyError):
        _ = Money.of(1, "CNY") + Money.of(1, "EUR")


@pytest.mark.parametrize(
    "lines",
    [
        [{"line": "1"}],
        [{"line": "1", "shipment": "a", "charge": "base", "amount": "x"}],
        [{"line": "1", "shipment": "a", "charge": "base", "amount": "1"}] * 2,
    ],
)
def test_lines_that_cannot_be_used_are_refused(lines: object) -> None:
    with pytest.raises(ValueError, match="lines"):
        lines_of(lines)


def test_a_tariff_needs_rising_breaks() -> None:
    lanes = [{"origin": "a", "destination": "b", "breaks": []}]
    with pytest.raises(ValueError, match="rising"):
        tariff_of({**TERMS, "lanes": lanes})
